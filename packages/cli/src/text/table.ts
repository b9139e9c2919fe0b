/** How a column lies under its heading. */
export type Alignment = "left" | "right"

const cell = (text: string, width: number, alignment: Alignment): string =>
  alignment === "left" ? text.padEnd(width) : text.padStart(width)

/** Rows as columns two spaces apart, each as wide as its widest cell; the last column is not padded on the right. */
export const table = (rows: readonly (readonly string[])[], alignments: readonly Alignment[]): readonly string[] => {
  const widths = alignments.map((_, column) => Math.max(0, ...rows.map((row) => (row[column] ?? "").length)))
  return rows.map((row) =>
    row
      .map((text, column) => cell(text, widths[column] ?? 0, alignments[column] ?? "left"))
      .join("  ")
      .trimEnd(),
  )
}
