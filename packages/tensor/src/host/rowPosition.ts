/** A row number clamped into [0, rows), as kernels do: no index reads or writes outside its table. */
export const rowPosition = (index: number, rows: number): number => Math.min(Math.max(index, 0), rows - 1)
