import { statement } from "../../codegen/expression.ts"
import { secondsOf } from "../../adapter/costModel.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Group } from "../dispatch/group.ts"
import { lines } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import { onlyWay } from "../way/only.ts"
import type { Way } from "../way/way.ts"
import { rowFunction, scatterExtents, scatterOperands } from "./scatterSite.ts"

const workgroupSize = 64

const main = (loadUpdate: string): string =>
  lines(
    statement`let i = group * ${workgroupSize}u + lane;`,
    "if (i >= params.rows * params.width) { return; }",
    "let row = i / params.width;",
    "let column = i % params.width;",
    "var acc = 0.0f;",
    "for (var j = 0u; j < params.updates; j++) {",
    statement`if (row_of(j) == row) { acc += ${loadUpdate}(position_update(j * params.width + column)); }`,
    "}",
    "store_out(i, finish(i, acc));",
  )

/**
 * out[r, …] = Σ over j with index[j] = r of update[j, …]. Each invocation owns one element of the result and looks through
 * all indices: no float atomics, so the order of summation, and with it every bit, is fixed.
 */
export const scatterElements: Way<Group> = {
  ...onlyWay("elements", (group, _choice, site) => {
    const { update, index, positions, params } = scatterOperands(site)
    const { code, functions } = finishFunction(group, site.bindings)
    const extents = scatterExtents(group)
    const elements = extents.rows * extents.width
    return [
      assembleKernel({
        label: labelOf(group),
        family: "scatterAdd",
        bindings: site.bindings.entries,
        params: { ...extents, ...params.update, ...params.index },
        functions: [...functions, lines(positions.update, positions.index), rowFunction(index.load)],
        code,
        elements,
        workgroupSize,
        main: main(update.load),
        workgroups: Math.ceil(elements / workgroupSize),
      }),
    ]
  }),
  cost: (group, _choice, model) => {
    const { rows, width, updates } = scatterExtents(group)
    return model.dispatch + secondsOf(model, "registers", rows * width * updates)
  },
}
