import { tickLabel, type Range } from "./range.ts"

export interface Labels {
  readonly x: Range
  readonly y: Range
  readonly title: string
}

/** Lines of a drawing with its title above, the ends of its ranges beside and below. */
export const framed = (lines: readonly string[], columns: number, { x, y, title }: Labels): string => {
  const [top, bottom] = [tickLabel(y[1]), tickLabel(y[0])]
  const width = Math.max(top.length, bottom.length)
  const labelOf = (row: number): string => (row === 0 ? top : row === lines.length - 1 ? bottom : "")
  const [left, right] = [tickLabel(x[0]), tickLabel(x[1])]
  const margin = " ".repeat(width + 1)
  return [
    ...(title === "" ? [] : [`${margin} ${title}`]),
    ...lines.map((line, row) => `${labelOf(row).padStart(width)} │${line}`.trimEnd()),
    `${margin}└${"─".repeat(columns)}`,
    `${margin} ${left}${" ".repeat(Math.max(1, columns - left.length - right.length))}${right}`,
  ].join("\n")
}
