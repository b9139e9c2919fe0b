import { statement } from "../../codegen/expression.ts"
import { layoutsText } from "../emit/layoutText.ts"
import { ownInputs } from "../way/scaled.ts"
import type { Site } from "../way/way.ts"
import { sizeOf } from "../../shape/shape.ts"
import { batchAxes, type Batch } from "./batchAxes.ts"
import { lines, operandOf, range, type Operand } from "../emit/operand.ts"

/** A contraction of strided views on buffers. */
export interface ContractProblem {
  readonly a: Operand
  readonly b: Operand
  readonly axes: readonly Batch[]
  readonly m: number
  readonly n: number
  readonly k: number
  readonly batches: number
  /** The operand that is one matrix, and the same in most runs, where just one is. */
  readonly kept: "left" | "right" | null
}

const keptOf = (
  a: Operand,
  b: Operand,
  axes: readonly Batch[],
  isFrozen: Site["isFrozen"],
): ContractProblem["kept"] => {
  const isKept = (operand: Operand, side: "a" | "b"): boolean =>
    operand.computed === undefined && isFrozen(operand.base) && axes.every((axis) => axis[side] === 0)
  const [left, right] = [isKept(a, "a"), isKept(b, "b")]
  return left === right ? null : left ? "left" : "right"
}

export const problemOf = ({ group, bindings, isFrozen }: Site): ContractProblem => {
  const contract = group.anchor!
  const [a, b] = ownInputs(contract).map((input) => operandOf(group, bindings, input)) as unknown as readonly [
    Operand,
    Operand,
  ]
  const rank = contract.shape.length
  const outer = contract.shape.slice(0, -2)
  const [m, n, k] = [contract.shape[rank - 2]!, contract.shape[rank - 1]!, contract.inputs[0]!.shape[rank - 1]!]
  const axes = batchAxes(a.view, b.view, outer)
  return { a, b, axes, m, n, k, batches: sizeOf(outer), kept: keptOf(a, b, axes, isFrozen) }
}

/** Names a contraction by sizes and by how its operands lie. */
export const contractKey = ({ a, b, m, n, k, batches, kept }: ContractProblem): string =>
  `${m}x${n}x${k}${batches === 1 ? "" : ` batch ${batches}`}${layoutsText({ a, b })}${kept === null ? "" : ` ${kept} kept`}`

/** Multiplications and additions. */
export const contractFlops = ({ m, n, k, batches }: ContractProblem): number => 2 * m * n * k * batches

/** Sizes and strides as shader parameters, so that all contractions of one tail share a pipeline. */
export const stridedParams = ({ a, b, axes, m, n, k, batches }: ContractProblem): Readonly<Record<string, number>> => {
  const rank = a.view.shape.length
  return {
    m,
    n,
    k,
    batches,
    a_offset: a.view.offset,
    a_m: a.view.strides[rank - 2]!,
    a_k: a.view.strides[rank - 1]!,
    b_offset: b.view.offset,
    b_k: b.view.strides[rank - 2]!,
    b_n: b.view.strides[rank - 1]!,
    ...Object.fromEntries(
      axes.flatMap(({ extent, a, b }, i) => [
        [`batch${i}`, extent],
        [`a_batch${i}`, a],
        [`b_batch${i}`, b],
      ]),
    ),
  }
}

/** Moves `a_start` and `b_start` to the matrices of `batch`. */
export const batchOffsets = (axes: number): string =>
  lines(
    "var rest = batch;",
    ...range(axes)
      .toReversed()
      .flatMap((axis) => [
        statement`let z${axis} = rest % params.batch${axis};`,
        statement`rest = rest / params.batch${axis};`,
        statement`a_start += z${axis} * params.a_batch${axis};`,
        statement`b_start += z${axis} * params.b_batch${axis};`,
      ]),
  )
