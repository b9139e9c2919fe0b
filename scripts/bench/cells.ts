import type { Verdict } from "./targets.ts"

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`

/** A table whose first column is text and whose others are numbers. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  row(heads),
  row(heads.map((_, i) => (i === 0 ? "---" : "--:"))),
  ...rows.map(row),
]

export const milliseconds = (ms: number): string => (ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3))

export const mark = ({ reached }: Verdict): string =>
  reached === undefined ? "–" : reached ? "reached" : "**not reached**"
