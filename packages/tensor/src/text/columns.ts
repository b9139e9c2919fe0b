/** How a column lies under its heading. */
export type Side = "left" | "right"

const cell = (text: string, width: number, side: Side): string =>
  side === "left" ? text.padEnd(width) : text.padStart(width)

/** Rows as columns two spaces apart, each as wide as its widest cell; the last is not padded on the right. */
export const columns = (rows: readonly (readonly string[])[], sides: readonly Side[]): readonly string[] => {
  const widths = sides.map((_, i) => Math.max(0, ...rows.map((row) => (row[i] ?? "").length)))
  return rows.map((row) =>
    row
      .map((text, i) => cell(text, widths[i] ?? 0, sides[i] ?? "left"))
      .join("  ")
      .trimEnd(),
  )
}
