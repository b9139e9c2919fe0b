import type { Reduction } from "../emit/combine.ts"
import type { Tensor } from "../../graph/tensor.ts"
import type { Attributes, Op } from "../../op/op.ts"
import { largestFinite } from "../../op/reduction.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { RowProgram } from "./rowProgram.ts"

/**
 * Folds that one walk along a row computes from the elements of one tensor, `of`.
 * - `plain`: a sum, maximum or minimum.
 * - `moments`: Σ x and Σ (x - mean)², by Welford's update over blocks (Chan, Golub and LeVeque 1983).
 * - `powers`: max x and Σ e^(x - max), rescaled whenever the maximum grows (Milakov and Gimelshein 2018).
 * - `boundedPowers`: the same with the maximum bounded to finite numbers before it is subtracted.
 */
export type Fold =
  | { readonly kind: "plain"; readonly combine: Reduction; readonly of: Tensor; readonly results: readonly [Tensor] }
  | {
      readonly kind: "moments" | "powers" | "boundedPowers"
      readonly of: Tensor
      readonly results: readonly [Tensor, Tensor]
    }

const combineOf = (tensor: Tensor): Reduction => {
  const { lowering } = tensor.op as unknown as Op<Attributes>
  return lowering.kind === "reduce" ? lowering.combine : "sum"
}

const operandOf = (tensor: Tensor): Tensor => tensor.inputs[0]!

// What is repeated along the row: repetition changes no value.
const unrepeated = (tensor: Tensor): Tensor =>
  tensor.op.name === "expand" || tensor.op.name === "reshape" ? unrepeated(operandOf(tensor)) : tensor

const isFillOf = (tensor: Tensor, value: number): boolean => {
  const { op, attributes } = unrepeated(tensor)
  return op.name === "fill" && attributes["value"] === value
}

const isMeanOf = (tensor: Tensor, total: Tensor): boolean => {
  const mean = unrepeated(tensor)
  const count = sizeOf(operandOf(total).shape) / sizeOf(total.shape)
  return mean.op.name === "div" && unrepeated(mean.inputs[0]!) === total && isFillOf(mean.inputs[1]!, count)
}

const isDeviation = (tensor: Tensor, from: Tensor, isCentre: (tensor: Tensor) => boolean): boolean =>
  tensor.op.name === "sub" && tensor.inputs[0] === from && isCentre(tensor.inputs[1]!)

/** Whether `squares` is Σ (x - mean)² where `total` is Σ x. */
const areMoments = (total: Tensor, squares: Tensor): boolean => {
  const product = operandOf(squares)
  return (
    combineOf(total) === "sum" &&
    combineOf(squares) === "sum" &&
    product.op.name === "mul" &&
    product.inputs[0] === product.inputs[1] &&
    isDeviation(product.inputs[0]!, operandOf(total), (centre) => isMeanOf(centre, total))
  )
}

const isBounded = (tensor: Tensor, by: "maximum" | "minimum", bound: number): boolean =>
  tensor.op.name === by && isFillOf(tensor.inputs[1]!, bound)

/** Whether it is `largest` bounded to finite numbers. */
const isBoundedOf = (tensor: Tensor, largest: Tensor): boolean => {
  const above = unrepeated(tensor)
  if (!isBounded(above, "maximum", -largestFinite)) return false
  const below = unrepeated(above.inputs[0]!)
  return isBounded(below, "minimum", largestFinite) && unrepeated(below.inputs[0]!) === largest
}

/** Whether `powers` is Σ e^(x - centre) where `largest` is max x and `centre` follows from it. */
const arePowers = (largest: Tensor, powers: Tensor, isCentre: (tensor: Tensor) => boolean): boolean => {
  const power = operandOf(powers)
  return (
    combineOf(largest) === "peak" &&
    combineOf(powers) === "sum" &&
    power.op.name === "exp" &&
    isDeviation(power.inputs[0]!, operandOf(largest), isCentre)
  )
}

const isWide = (tensor: Tensor): boolean => tensor.dtype === "f32" && operandOf(tensor).dtype === "f32"

const pairKind = (first: Tensor, second: Tensor): "moments" | "powers" | "boundedPowers" | null => {
  if (!isWide(first) || !isWide(second)) return null
  if (areMoments(first, second)) return "moments"
  if (arePowers(first, second, (centre) => unrepeated(centre) === first)) return "powers"
  return arePowers(first, second, (centre) => isBoundedOf(centre, first)) ? "boundedPowers" : null
}

/** Reductions over the same rows as folds: two that need each other become one where a single walk can compute both. */
export const foldsOf = (reductions: readonly Tensor[]): readonly Fold[] => {
  const taken = new Set<Tensor>()
  return reductions.flatMap((first): readonly Fold[] => {
    if (taken.has(first)) return []
    const second = reductions.find((other) => !taken.has(other) && pairKind(first, other) !== null)
    taken.add(first)
    if (second === undefined)
      return [{ kind: "plain", combine: combineOf(first), of: operandOf(first), results: [first] }]
    taken.add(second)
    return [{ kind: pairKind(first, second)!, of: operandOf(first), results: [first, second] }]
  })
}

const dependsOn = (tensor: Tensor, folds: ReadonlySet<Tensor>, reads: ReadonlySet<Tensor>): readonly Tensor[] => {
  const found = new Set<Tensor>()
  const seen = new Set<Tensor>()
  const stack = [tensor]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node) || reads.has(node)) continue
    seen.add(node)
    if (folds.has(node)) found.add(node)
    else stack.push(...node.inputs)
  }
  return [...found]
}

/** Folds in the order of the walks that compute them: those that depend on none of each other share one. */
export const levelsOf = ({ folds, reads }: RowProgram): readonly (readonly Fold[])[] => {
  const [all, stored] = [new Set(folds), new Set(reads)]
  const level = new Map<Tensor, number>()
  const levels: Fold[][] = []
  for (const fold of foldsOf(folds)) {
    const at = Math.max(0, ...dependsOn(fold.of, all, stored).map((other) => level.get(other)! + 1))
    for (const result of fold.results) level.set(result, at)
    ;(levels[at] ??= []).push(fold)
  }
  return levels
}

/** How often a row is walked before its results can be written. */
export const walksOf = (program: RowProgram): number => levelsOf(program).length
