import { wide } from "../host/wide.ts"
import type { HostArray } from "../host/array.ts"
import { largestFinite } from "../op/reduction.ts"
import { attentionPacking, attendedShape, type AttentionAttributes, type AttentionShape } from "./attentionShape.ts"

type Rows = (head: number, row: number) => void

const eachRow = ({ batch, heads }: AttentionShape, rows: number, visit: Rows): void => {
  for (let head = 0; head < batch * heads; head++) for (let row = 0; row < rows; row++) visit(head, row)
}

const visibleKeys = ({ keys }: AttentionShape, causal: boolean, row: number): number =>
  causal ? Math.min(keys, row + 1) : keys

/** Σ over `width` of a[i, …]·b[j, …]. */
const product = (a: Float64Array, i: number, b: Float64Array, j: number, width: number): number => {
  let sum = 0
  for (let c = 0; c < width; c++) sum += a[i * width + c]! * b[j * width + c]!
  return sum
}

/** sums[at, …] += factor·x[row, …] */
const accumulate = (
  sums: Float64Array,
  at: number,
  x: Float64Array,
  row: number,
  width: number,
  factor: number,
): void => {
  for (let c = 0; c < width; c++) sums[at + c] = sums[at + c]! + factor * x[row * width + c]!
}

/** Position of the first element of a row in the order [batch, rows, heads, width]. */
const placeOf = ({ heads }: AttentionShape, rows: number, width: number, head: number, row: number): number =>
  ((Math.floor(head / heads) * rows + row) * heads + (head % heads)) * width

/** What a weight or a slope becomes before it is multiplied: itself, but where narrower arithmetic is looked into. */
type Held = (weight: number) => number

const whole: Held = (weight) => weight

/** Attention row by row in f64, with the packed layout of the op. */
export const attendOnHost = (
  [q, k, v]: readonly HostArray[],
  output: HostArray,
  { scale, causal }: AttentionAttributes,
  held: Held = whole,
): void => {
  const shape = attendedShape(q!, k!, v!)
  const { queries, keys, width, depth } = shape
  const { values, sums } = attentionPacking(shape)
  const [rowsOfQ, rowsOfK, rowsOfV] = [wide(q!), wide(k!), wide(v!)]
  const result = new Float64Array(output.data.length)
  const scores = new Float64Array(keys)
  eachRow(shape, queries, (head, row) => {
    const seen = scores.subarray(0, visibleKeys(shape, causal, row))
    for (let j = 0; j < seen.length; j++)
      seen[j] = scale * product(rowsOfQ, head * queries + row, rowsOfK, head * keys + j, width)
    const most = seen.reduce((a, b) => Math.max(a, b), -Infinity)
    const at = placeOf(shape, queries, depth, head, row)
    // A row whose scores are all -∞, as f32 holds them, is zeros, with a logarithm that leaves its probabilities 0.
    if (most < -largestFinite) return
    const total = seen.reduce((sum, score) => sum + Math.exp(score - most), 0)
    for (let j = 0; j < seen.length; j++)
      accumulate(result, at, rowsOfV, head * keys + j, depth, held(Math.exp(seen[j]! - most)) / total)
    result[values + head * sums + row] = most + Math.log(total)
  })
  output.data.set(result)
}

/** Visits p and p∘(dP - δ)·scale of each score that a query sees. */
const eachScore = (
  inputs: readonly HostArray[],
  { scale, causal }: AttentionAttributes,
  visit: (head: number, row: number, key: number, probability: number, slope: number) => void,
): void => {
  const shape = attendedShape(inputs[0]!, inputs[1]!, inputs[2]!)
  const { queries, keys, width, depth } = shape
  const [q, k, v, logSums, cotangent, delta] = inputs.map(wide)
  eachRow(shape, queries, (head, row) => {
    const at = head * queries + row
    for (let j = 0; j < visibleKeys(shape, causal, row); j++) {
      const probability = Math.exp(scale * product(q!, at, k!, head * keys + j, width) - logSums![at]!)
      const slope = product(cotangent!, at, v!, head * keys + j, depth) - delta![at]!
      visit(head, row, j, probability, scale * probability * slope)
    }
  })
}

/** The gradient in q, [batch, queries, heads, width]. */
export const attendedQueriesOnHost = (
  inputs: readonly HostArray[],
  output: HostArray,
  attributes: AttentionAttributes,
  held: Held = whole,
): void => {
  const [q, k, v] = inputs as readonly [HostArray, HostArray, HostArray]
  const shape = attendedShape(q, k, v)
  const keys = wide(k)
  const result = new Float64Array(output.data.length)
  eachScore(inputs, attributes, (head, row, key, _probability, slope) => {
    const at = placeOf(shape, shape.queries, shape.width, head, row)
    accumulate(result, at, keys, head * shape.keys + key, shape.width, held(slope))
  })
  output.data.set(result)
}

/** The gradients in k and v, [batch, keys, heads, width] and [batch, keys, heads, depth] one after the other. */
export const attendedKeysOnHost = (
  inputs: readonly HostArray[],
  output: HostArray,
  attributes: AttentionAttributes,
  held: Held = whole,
): void => {
  const [q, k, v, , cotangent] = inputs as readonly [HostArray, HostArray, HostArray, HostArray, HostArray]
  const shape = attendedShape(q, k, v)
  const { batch, heads, queries, keys, width, depth } = shape
  const result = new Float64Array(output.data.length)
  const [rowsOfQ, cotangents] = [wide(q), wide(cotangent)]
  const values = result.subarray(batch * keys * heads * width)
  eachScore(inputs, attributes, (head, row, key, probability, slope) => {
    const [query, place] = [head * queries + row, (size: number) => placeOf(shape, keys, size, head, key)]
    accumulate(result, place(width), rowsOfQ, query, width, held(slope))
    accumulate(values, place(depth), cotangents, query, depth, held(probability))
  })
  output.data.set(result)
}
