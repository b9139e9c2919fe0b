import { statement } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { Group } from "../dispatch/group.ts"
import { lines, operandOf, type Operand } from "../emit/operand.ts"
import { positionFunction, positionParams } from "../emit/position.ts"
import type { Site } from "../way/way.ts"

/** How many rows of which width are made of how many updates. */
export interface ScatterExtents extends Readonly<Record<string, number>> {
  readonly rows: number
  readonly width: number
  readonly updates: number
}

const inputsOf = (group: Group): readonly [Tensor, Tensor] => group.anchor!.inputs as readonly [Tensor, Tensor]

export const scatterExtents = (group: Group): ScatterExtents => {
  const { shape } = group.anchor!
  return { rows: shape[0]!, width: sizeOf(shape.slice(1)), updates: sizeOf(inputsOf(group)[1].shape) }
}

/** Both operands of a scatter where they lie, and how kernels read them. */
export interface ScatterOperands {
  readonly update: Operand
  readonly index: Operand
  /** WGSL functions of positions, `position_update(i)` and `position_index(i)`, and their parameters. */
  readonly positions: { readonly update: string; readonly index: string }
  readonly params: {
    readonly update: Readonly<Record<string, number>>
    readonly index: Readonly<Record<string, number>>
  }
}

export const scatterOperands = ({ group, bindings }: Site): ScatterOperands => {
  const [updates, indices] = inputsOf(group)
  const [update, index] = [operandOf(group, bindings, updates), operandOf(group, bindings, indices)]
  return {
    update,
    index,
    positions: {
      update: positionFunction("update", updates.shape.length),
      index: positionFunction("index", indices.shape.length),
    },
    params: { update: positionParams("update", update.view), index: positionParams("index", index.view) },
  }
}

/** `fn row_of(j) -> u32`: the row that update j is added to; numbers outside are clamped. */
export const rowFunction = (load: string): string =>
  lines(
    "fn row_of(j: u32) -> u32 {",
    statement`return min(u32(max(i32(${load}(position_index(j))), 0)), params.rows - 1u);`,
    "}",
  )
