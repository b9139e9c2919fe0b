import { statement } from "../../codegen/expression.ts"
import { secondsOf } from "../../adapter/costModel.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Group } from "../dispatch/group.ts"
import { bindingFor, type Kernel, type Scratch } from "../dispatch/kernel.ts"
import { lines } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import { onlyWay } from "../way/only.ts"
import type { Site, Way } from "../way/way.ts"
import { rowFunction, scatterExtents, scatterOperands } from "./scatterSite.ts"

const workgroupSize = 64

/** Comparisons that a second shader has to save: it must be compiled, too. */
const smallest = 1 << 24

/** Where a row's first update is told, row by row, and behind it which update of the same row comes after each. */
const linksOf = (group: Group): Scratch => {
  const { rows, updates } = scatterExtents(group)
  return { scratch: 0, dtype: "u32", size: rows + updates }
}

// Numbers of updates stand one higher, so that 0 is none.
const linking = lines(
  statement`let i = group * ${workgroupSize}u + lane;`,
  "if (i >= params.rows + params.updates) { return; }",
  "let is_row = i < params.rows;",
  "let after = select(i - params.rows + 1u, 0u, is_row);",
  "var row = i;",
  "if (!is_row) { row = row_of(after - 1u); }",
  "var j = after;",
  "while (j < params.updates && row_of(j) != row) { j++; }",
  "store_links(i, select(0u, j + 1u, j < params.updates));",
)

const summing = (loadUpdate: string): string =>
  lines(
    statement`let i = group * ${workgroupSize}u + lane;`,
    "if (i >= params.rows * params.width) { return; }",
    "let column = i % params.width;",
    "var acc = 0.0f;",
    "var next = load_links(i / params.width);",
    "while (next > 0u) {",
    statement`acc += ${loadUpdate}(position_update((next - 1u) * params.width + column));`,
    "next = load_links(params.rows + next - 1u);",
    "}",
    "store_out(i, finish(i, acc));",
  )

const linkingKernel = ({ group, facts, ...site }: Site): Kernel => {
  const { index, positions, params } = scatterOperands({ group, facts, ...site })
  const links = linksOf(group)
  const { rows, updates } = scatterExtents(group)
  return assembleKernel({
    label: `${group.anchor!.op.name} (links)`,
    family: "scatterAdd",
    bindings: [
      { buffer: index.base, binding: bindingFor(index.base, "in0", "read", facts) },
      { buffer: links, binding: bindingFor(links, "links", "write", facts) },
    ],
    params: { rows, updates, ...params.index },
    functions: [positions.index, rowFunction("load_in0")],
    code: "",
    elements: links.size,
    workgroupSize,
    main: linking,
    workgroups: Math.ceil(links.size / workgroupSize),
  })
}

const summingKernel = ({ group, bindings, facts, ...site }: Site): Kernel => {
  const { update, positions, params } = scatterOperands({ group, bindings, facts, ...site })
  const links = linksOf(group)
  const { rows, width } = scatterExtents(group)
  const { code, functions } = finishFunction(group, bindings)
  const main = summing(update.load)
  const isRead = (name: string): boolean => `${code}${main}`.includes(`load_${name}(`)
  const [read, written] = [bindings.entries.slice(0, -1), bindings.entries.slice(-1)]
  return assembleKernel({
    label: labelOf(group),
    family: "scatterAdd",
    bindings: [
      ...read.filter(({ binding }) => binding.access !== "read" || isRead(binding.name)),
      { buffer: links, binding: bindingFor(links, "links", "read", facts) },
      ...written,
    ],
    params: { rows, width, ...params.update },
    functions: [...functions, positions.update],
    code,
    elements: rows * width,
    workgroupSize,
    main,
    workgroups: Math.ceil((rows * width) / workgroupSize),
  })
}

/**
 * out[r, …] = Σ over j with index[j] = r of update[j, …], by lists. A first kernel finds for each row its first update, and for each
 * update the next one of the same row; a second walks each list once for every column. Indices are looked through once for a row and
 * not for each of its elements, and each sum has the order of the updates, bit for bit as `scatterElements` has it.
 */
export const scatterLinked: Way<Group> = {
  ...onlyWay("linked", (_group, _choice, site) => [linkingKernel(site), summingKernel(site)]),
  takes: (group, facts) => bindingFor(linksOf(group), "links", "write", facts).windows === 1,
  cost: (group, _choice, model) => {
    const { rows, width, updates } = scatterExtents(group)
    const comparisons = rows * updates + (updates * updates) / 2
    return 2 * model.dispatch + secondsOf(model, "registers", smallest + comparisons + (rows + updates) * width)
  },
}
