import { distanceOf, sizeOfNumbers, type Distance, type Numbers } from "./metric.ts"

/** Allowed error of every tensor in a group: relative L2, and relative maximum where the case names one. */
export interface Bar {
  readonly l2: number
  readonly max?: number
}

/** One tensor of a case: what was computed (nothing, if the program gives no such tensor) and what is expected. */
export interface Pair {
  readonly name: string
  readonly got: Numbers | undefined
  readonly want: Numbers
}

/** Measured and allowed error of one tensor. */
export interface TensorResult {
  readonly name: string
  /** |got − want|₂ / |want|₂; relative to the largest tensor of the group where |want| is 0. */
  readonly error: number
  readonly allowed: number
  /** max |got − want| / max |want| */
  readonly maxError: number
  /** Absent where only the L2 error is judged. */
  readonly maxAllowed?: number
  readonly passed: boolean
  readonly problem?: "not computed" | "another shape" | "not finite"
}

/** All tensors of one kind in a case. */
export interface GroupResult {
  readonly name: string
  readonly tensors: readonly TensorResult[]
  readonly passed: boolean
  /** Entries of the case that this version does not know, by name: not compared, and said to be so. */
  readonly notUnderstood?: readonly string[]
}

/** Entries that were not compared because this version does not know them; they neither pass nor fail a case. */
export const notUnderstood = (entries: readonly string[]): readonly GroupResult[] =>
  entries.length === 0 ? [] : [{ name: "not understood", tensors: [], passed: true, notUnderstood: entries }]

export interface GroupOptions {
  /**
   * Judges a tensor whose norm is below 1/1000 of the largest by |got − want|₂ ≤ bar·|want|₂ + 1e-6·max|want|₂: beside
   * the others such a gradient (a bias just before a normalisation, a key bias) is rounding alone.
   */
  readonly tinyRule?: boolean
}

const tinyShare = 1e-3
const tinyAllowance = 1e-6

const problemOf = ({ got, want }: Pair, { l2 }: Distance): TensorResult["problem"] => {
  if (got === undefined) return "not computed"
  if (Number.isFinite(l2)) return undefined
  return got.values.length === want.values.length && got.values.length > 0 && hasNonFinite(got)
    ? "not finite"
    : "another shape"
}

const hasNonFinite = ({ values }: Numbers): boolean => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return true
  return false
}

const unmeasured = ({ want }: Pair): Distance => ({ l2: Infinity, max: Infinity, ...sizeOfNumbers(want) })

const judge = (pair: Pair, distance: Distance, bar: Bar, largest: number, tinyRule: boolean): TensorResult => {
  const isTiny = tinyRule && distance.wantL2 <= tinyShare * largest
  const unit = distance.wantL2 === 0 ? largest || 1 : distance.wantL2
  const allowed =
    (bar.l2 * distance.wantL2) / unit + (isTiny || distance.wantL2 === 0 ? (tinyAllowance * largest) / unit : 0)
  const error = distance.l2 / unit
  const maxError = distance.max / (distance.wantMax || largest || 1)
  const judgesMax = bar.max !== undefined && !isTiny && distance.wantMax > 0
  const problem = problemOf(pair, distance)
  return {
    name: pair.name,
    error,
    allowed,
    maxError,
    ...(judgesMax ? { maxAllowed: bar.max } : {}),
    passed: error <= allowed && !(judgesMax && maxError > bar.max),
    ...(problem === undefined ? {} : { problem }),
  }
}

/** Compares the tensors of one group. An empty group passes nothing: callers leave it out. */
export const compareGroup = (
  name: string,
  pairs: readonly Pair[],
  bar: Bar,
  { tinyRule = false }: GroupOptions = {},
): GroupResult => {
  const distances = pairs.map((pair) => (pair.got === undefined ? unmeasured(pair) : distanceOf(pair.got, pair.want)))
  const largest = Math.max(0, ...distances.map(({ wantL2 }) => wantL2))
  const tensors = pairs.map((pair, i) => judge(pair, distances[i]!, bar, largest, tinyRule))
  return { name, tensors, passed: tensors.every(({ passed }) => passed) }
}

/** How near a tensor came to its bar: 1 is on it. */
export const closeness = ({ error, allowed, maxError, maxAllowed }: TensorResult): number =>
  Math.max(
    allowed === 0 ? (error === 0 ? 0 : Infinity) : error / allowed,
    maxAllowed === undefined ? 0 : maxError / maxAllowed,
  )

/** The tensors nearest to their bar or farthest beyond it, worst first. */
export const worstOf = ({ tensors }: GroupResult, count: number): readonly TensorResult[] =>
  tensors.toSorted((a, b) => closeness(b) - closeness(a)).slice(0, count)
