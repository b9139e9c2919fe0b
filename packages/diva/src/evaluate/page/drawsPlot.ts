import { at, escaped, fixed } from "./markup.ts"

/** The averages of one model in every draw. */
export interface DrawSeries {
  readonly name: string
  readonly colour: string
  readonly averages: readonly number[]
}

const size = { width: 640, row: 34, left: 170, right: 40 }

/** Averages of every draw on one line for each model: how far a score moves by draws alone. */
export const drawsPlot = (all: readonly DrawSeries[]): string => {
  const values = all.flatMap(({ averages }) => averages)
  const low = Math.max(0, Math.floor(Math.min(...values) / 5 - 1) * 5)
  const high = Math.min(100, Math.ceil(Math.max(...values) / 5 + 1) * 5)
  const x = (percent: number): number =>
    size.left + ((size.width - size.left - size.right) * (percent - low)) / Math.max(1, high - low)
  const height = size.row * all.length + 34
  const ticks = Array.from({ length: Math.floor((high - low) / 5) + 1 }, (_, i) => low + 5 * i)
  const grid = ticks.map(
    (tick) =>
      `<line x1="${at(x(tick))}" y1="8" x2="${at(x(tick))}" y2="${height - 24}" class="grid"/><text x="${at(x(tick))}" y="${height - 8}" text-anchor="middle" class="scale">${tick}</text>`,
  )
  const rows = all.map(({ name, colour, averages }, i) => {
    const y = 8 + size.row * (i + 0.5)
    const mean = averages.reduce((sum, each) => sum + each, 0) / averages.length
    const dots = averages.map(
      (average, draw) =>
        `<circle cx="${at(x(average))}" cy="${at(y)}" r="5" fill="${colour}" fill-opacity="0.45"><title>draw ${draw + 1}: ${fixed(average)}</title></circle>`,
    )
    return `<text x="${size.left - 12}" y="${at(y + 4)}" text-anchor="end" class="axis">${escaped(name)}</text>${dots.join("")}<line x1="${at(x(mean))}" y1="${at(y - 11)}" x2="${at(x(mean))}" y2="${at(y + 11)}" stroke="${colour}" stroke-width="2"/>`
  })
  return `<svg viewBox="0 0 ${size.width} ${height}" role="img" aria-label="average of every draw" class="draws">\n${[...grid, ...rows].join("\n")}\n</svg>`
}
