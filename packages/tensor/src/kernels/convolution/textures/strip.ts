import { range } from "../../emit/operand.ts"

/** A part of a convolution's result that one round of kernels computes: whole images, or a piece of one. */
export interface Strip {
  readonly image: number
  readonly images: number
  readonly row: number
  readonly rows: number
  readonly column: number
  readonly columns: number
}

interface Band {
  readonly first: number
  readonly count: number
}

const bandsOf = (extent: number, parts: number, step: number): readonly Band[] => {
  const size = Math.ceil(extent / parts / step) * step
  return range(Math.ceil(extent / size)).map((i) => ({ first: i * size, count: Math.min(size, extent - i * size) }))
}

export interface StripRules {
  readonly batch: number
  readonly out: readonly [rows: number, columns: number]
  /** Rows and columns of a piece are multiples of this, but for the last. */
  readonly step: number
  readonly fits: (images: number, rows: number, columns: number) => boolean
}

const fewestParts = (most: number, fits: (parts: number) => boolean): number | undefined =>
  range(most)
    .map((i) => i + 1)
    .find(fits)

const pieces = ({ batch, out, step, fits }: StripRules): readonly Strip[] | null => {
  const size = (extent: number, parts: number): number => bandsOf(extent, parts, step)[0]!.count
  const across = fewestParts(out[1], (parts) => fits(1, Math.min(step, out[0]), size(out[1], parts)))
  if (across === undefined) return null
  const down = fewestParts(out[0], (parts) => fits(1, size(out[0], parts), size(out[1], across)))
  if (down === undefined) return null
  return range(batch).flatMap((image) =>
    bandsOf(out[0], down, step).flatMap((rows) =>
      bandsOf(out[1], across, step).map((columns) => ({
        image,
        images: 1,
        row: rows.first,
        rows: rows.count,
        column: columns.first,
        columns: columns.count,
      })),
    ),
  )
}

/** Cuts a result into strips that fit: as many images at a time as do, or pieces of one; `null` where no piece does. */
export const stripsOf = (rules: StripRules): readonly Strip[] | null => {
  const { batch, out, fits } = rules
  if (!fits(1, out[0], out[1])) return pieces(rules)
  const rounds = fewestParts(batch, (parts) => fits(Math.ceil(batch / parts), out[0], out[1])) ?? batch
  return bandsOf(batch, rounds, 1).map(({ first, count }) => ({
    image: first,
    images: count,
    row: 0,
    rows: out[0],
    column: 0,
    columns: out[1],
  }))
}
