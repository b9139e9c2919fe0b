import { at, escaped, fixed } from "./markup.ts"

/** One model in a radar: a percentage for each axis; what is not a number counts as 0. */
export interface RadarSeries {
  readonly name: string
  readonly colour: string
  readonly percent: readonly number[]
}

const size = { width: 640, height: 460, radius: 165 }
const [cx, cy] = [size.width / 2, size.height / 2]
const rings = [20, 40, 60, 80, 100]

const angleOf = (axis: number, axes: number): number => (2 * Math.PI * axis) / axes - Math.PI / 2

const pointOf = (axis: number, axes: number, percent: number, beyond = 0): readonly [number, number] => {
  const distance = (size.radius * percent) / 100 + beyond
  return [cx + distance * Math.cos(angleOf(axis, axes)), cy + distance * Math.sin(angleOf(axis, axes))]
}

const polygon = (axes: number, percent: (axis: number) => number): string =>
  Array.from({ length: axes }, (_, axis) => pointOf(axis, axes, percent(axis)).map(at).join(",")).join(" ")

const anchorOf = (axis: number, axes: number): string => {
  const x = Math.cos(angleOf(axis, axes))
  return Math.abs(x) < 0.2 ? "middle" : x > 0 ? "start" : "end"
}

/** Long names break at "and" or near their middle, so that they stay inside the picture. */
const linesOf = (name: string): readonly string[] => {
  if (name.length < 14 || / and /.test(name)) return name.split(/ (?=and )/)
  const spaces = [...name.matchAll(/ /g)].map(({ index }) => index)
  const middle = spaces.toSorted((a, b) => Math.abs(a - name.length / 2) - Math.abs(b - name.length / 2))[0]
  return middle === undefined ? [name] : [name.slice(0, middle), name.slice(middle + 1)]
}

const label = (name: string, axis: number, axes: number): string => {
  const [x, y] = pointOf(axis, axes, 100, 16)
  const lines = linesOf(name)
  // Above the picture, further lines go up instead of down into it.
  const top = axis === 0 ? y - 15 * (lines.length - 1) : y
  const spans = lines.map((line, i) => `<tspan x="${at(x)}" dy="${i === 0 ? 0 : 15}">${escaped(line)}</tspan>`)
  return `<text x="${at(x)}" y="${at(top)}" text-anchor="${anchorOf(axis, axes)}" class="axis">${spans.join("")}</text>`
}

const series = ({ name, colour, percent }: RadarSeries, axes: number): string => {
  const value = (axis: number): number => (Number.isFinite(percent[axis]) ? percent[axis]! : 0)
  const dots = Array.from({ length: axes }, (_, axis) => {
    const [x, y] = pointOf(axis, axes, value(axis))
    return `<circle cx="${at(x)}" cy="${at(y)}" r="3.5" fill="${colour}"><title>${escaped(name)}: ${fixed(value(axis))} %</title></circle>`
  })
  return `<polygon points="${polygon(axes, value)}" fill="${colour}" fill-opacity="0.14" stroke="${colour}" stroke-width="2"/>${dots.join("")}`
}

/** Percentages by category of one model or several, as a picture. */
export const radar = (axes: readonly string[], all: readonly RadarSeries[]): string => {
  const count = axes.length
  const grid = rings.map((ring) => `<polygon points="${polygon(count, () => ring)}" class="grid"/>`)
  const scale = rings.map((ring) => {
    const [x, y] = pointOf(0, count, ring)
    return `<text x="${at(x + 4)}" y="${at(y + 4)}" class="scale">${ring}</text>`
  })
  const spokes = axes.map((_, axis) => {
    const [x, y] = pointOf(axis, count, 100)
    return `<line x1="${cx}" y1="${cy}" x2="${at(x)}" y2="${at(y)}" class="grid"/>`
  })
  return [
    `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="percent of pairs solved by category" class="radar">`,
    ...grid,
    ...spokes,
    ...all.map((each) => series(each, count)),
    ...scale,
    ...axes.map((name, axis) => label(name, axis, count)),
    "</svg>",
  ].join("\n")
}
