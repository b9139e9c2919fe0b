import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph.ts"
import { sizeOf } from "../../shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import type { Site } from "../way/way.ts"
import { lines, operandOf } from "../emit/operand.ts"
import { positionFunction, positionParams } from "../emit/position.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"

const workgroupSize = 64

const main = (loadUpdate: string, indexValue: Wgsl): string =>
  lines(
    statement`let i = group * ${workgroupSize}u + lane;`,
    "if (i >= params.rows * params.width) { return; }",
    "let row = i / params.width;",
    "let column = i % params.width;",
    "var acc = 0.0f;",
    "for (var j = 0u; j < params.updates; j++) {",
    statement`if (min(u32(max(${indexValue}, 0)), params.rows - 1u) == row) { acc += ${loadUpdate}(position_update(j * params.width + column)); }`,
    "}",
    "store_out(i, finish(i, acc));",
  )

/**
 * out[r, …] = Σ over j with index[j] = r of update[j, …]. Each invocation owns one element of the result and looks through
 * all indices: no float atomics, so the order of summation, and with it every bit, is fixed.
 */
export const scatterAddKernel = ({ group, bindings }: Site): readonly Kernel[] => {
  const scatter = group.anchor!
  const [updates, indices] = scatter.inputs as readonly [Tensor, Tensor]
  const [update, index] = [operandOf(group, bindings, updates), operandOf(group, bindings, indices)]
  const rows = scatter.shape[0]!
  const params = {
    rows,
    width: sizeOf(scatter.shape.slice(1)),
    updates: sizeOf(indices.shape),
    ...positionParams("update", update.view),
    ...positionParams("index", index.view),
  }
  const { code, functions } = finishFunction(group, bindings)
  const positions = lines(
    positionFunction("update", updates.shape.length),
    positionFunction("index", indices.shape.length),
  )
  const indexValue = wgsl`i32(${index.load}(position_index(j)))`
  return [
    assembleKernel({
      label: labelOf(group),
      family: "scatterAdd",
      bindings: bindings.entries,
      params,
      functions: [...functions, positions],
      code,
      elements: sizeOf(scatter.shape),
      workgroupSize,
      main: main(update.load, indexValue),
      workgroups: Math.ceil((rows * params.width) / workgroupSize),
    }),
  ]
}
