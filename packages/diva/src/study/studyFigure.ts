import { at, escaped, fixed } from "../evaluate/page/markup.ts"
import type { Study } from "./study.ts"
import { startArm, type StudyResult } from "./studyResults.ts"

const width = 760
const left = 220
const line = 26
const top = 34

/** Every run of every arm as a point: its points on the control pairs against the CLIP before training. */
export const studyFigure = (study: Study, results: readonly StudyResult[]): string => {
  const start = results.find(({ arm }) => arm === startArm)?.control.average ?? 0
  const gainOf = ({ control }: StudyResult): number => control.average - start
  const most = Math.max(2, ...results.filter(({ arm }) => arm !== startArm).map((run) => Math.abs(gainOf(run))))
  const x = (gain: number): number => left + ((gain / most + 1) / 2) * (width - left - 30)
  const height = top + line * study.arms.length + 24
  const rows = study.arms.flatMap(({ name }, i) => {
    const y = top + line * i + line / 2
    const runs = results.filter(({ arm }) => arm === name)
    const mean = runs.reduce((sum, run) => sum + gainOf(run), 0) / Math.max(1, runs.length)
    return [
      `<text x="${left - 12}" y="${at(y + 4)}" text-anchor="end">${escaped(name)}</text>`,
      `<line x1="${left}" x2="${width - 30}" y1="${at(y)}" y2="${at(y)}" stroke="#e2e8f0"/>`,
      ...runs.map(
        (run) =>
          `<circle cx="${at(x(gainOf(run)))}" cy="${at(y)}" r="4" fill="#3b6fd4" fill-opacity="0.55"><title>seed ${run.seed}: ${fixed(gainOf(run))}</title></circle>`,
      ),
      ...(runs.length === 0
        ? []
        : [
            `<line x1="${at(x(mean))}" x2="${at(x(mean))}" y1="${at(y - 8)}" y2="${at(y + 8)}" stroke="#d9792b" stroke-width="3"/>`,
          ]),
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#334155">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${left}" y="18">points on the control pairs against before; each dot a run, each bar an arm's mean</text>`,
    `<line x1="${at(x(0))}" x2="${at(x(0))}" y1="${top}" y2="${height - 20}" stroke="#64748b"/>`,
    ...rows,
    ...[-most, 0, most].map(
      (gain) => `<text x="${at(x(gain))}" y="${height - 5}" text-anchor="middle">${fixed(gain)}</text>`,
    ),
    "</svg>",
    "",
  ].join("\n")
}
