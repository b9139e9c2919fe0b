/** Vectors of equal width, one after the other. */
export interface VectorTable {
  readonly width: number
  readonly values: Float32Array<ArrayBuffer>
}

export const vectorCount = ({ width, values }: VectorTable): number => values.length / width

export const vectorAt = ({ width, values }: VectorTable, i: number): Float32Array<ArrayBuffer> =>
  values.subarray(i * width, (i + 1) * width)

/** Σ a·b, summed in f64. */
export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
