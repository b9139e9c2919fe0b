import { call, statement, type Wgsl, wgsl } from "../../codegen/expression.ts"
import { hasQuads } from "../../codegen/quads.ts"
import type { Tensor } from "../../graph/graph.ts"
import type { Group } from "../dispatch/group.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { lines } from "../emit/operand.ts"
import { outputEntries } from "../emit/tail.ts"
import type { Site } from "../way/way.ts"
import { accumulatorOf, foldFunctions } from "./rowAccumulators.ts"
import { groupMemory } from "./rowGroups.ts"
import { rowLayouts } from "./rowLayouts.ts"
import { alongRow, loopConstants, loopsOf } from "./rowLoops.ts"
import {
  emitRows,
  extentsOf,
  type RowCode,
  type RowPass,
  type RowProgram,
  type RowValue,
  type RowWalk,
} from "./rowProgram.ts"

const isVector = ({ layout }: RowCode, tensor: Tensor): boolean => layout.width === 4 && hasQuads(tensor)

const storeWhole = (rows: RowCode, name: string, tensor: Tensor, at: Wgsl, values: readonly Wgsl[]): string =>
  isVector(rows, tensor)
    ? statement`store4_${name}(${at}, ${call("vec4", values)});`
    : lines(
        values.map(
          (value, k) => statement`store_${name}(${rows.layout.width === 1 ? at : wgsl`${at} * 4u + ${k}u`}, ${value});`,
        ),
      )

/** Statements that store values of whole rows. */
const storesOf = (
  code: RowCode,
  values: readonly RowValue[],
  positions: RowPass["positions"],
  outputs: readonly Tensor[],
): readonly string[] => {
  const { width } = code.layout
  return values.flatMap(({ tensor, rows }) =>
    rows.flatMap((elements, row) =>
      positions[row]!.map((at, step) =>
        storeWhole(code, `out${outputs.indexOf(tensor)}`, tensor, at, elements.slice(step * width, (step + 1) * width)),
      ),
    ),
  )
}

const foldWalk = (code: RowCode, walk: RowWalk, program: RowProgram): string => {
  const { length } = extentsOf(program.domain)
  const accumulators = walk.folds.flatMap((fold, i) =>
    walk.values[i]!.rows.map((values, row) =>
      accumulatorOf(fold, values, { folds: program.folds, row, layout: code.layout, length: "params.length" }),
    ),
  )
  const all = (part: "results" | "start" | "open" | "body" | "close" | "finish"): readonly string[] =>
    accumulators.flatMap((accumulator) => accumulator[part])
  return lines(
    all("results"),
    "{",
    all("start"),
    alongRow(loopsOf(code, length, code.layout.steps.fold), walk, {
      open: all("open"),
      body: [...walk.lines, ...storesOf(code, walk.kept, walk.positions, program.outputs), ...all("body")],
      close: all("close"),
    }),
    all("finish"),
    "}",
  )
}

const writeRows = (code: RowCode, { outputs, domain }: RowProgram): readonly string[] => {
  const { rows, layout } = code
  const stores = storesOf(code, rows.values, rows.positions, outputs)
  const block = { open: [], body: [...rows.lines, ...stores], close: [] }
  return stores.length === 0
    ? []
    : ["{", alongRow(loopsOf(code, extentsOf(domain).length, layout.steps.write), rows, block), "}"]
}

const writeScalars = ({ scalars }: RowCode, outputs: readonly Tensor[]): readonly string[] =>
  scalars.values.length === 0
    ? []
    : [
        "if (l == 0u) {",
        ...scalars.before,
        ...scalars.values.flatMap(({ tensor, rows }) =>
          rows.map(([value], row) => statement`store_out${outputs.indexOf(tensor)}(o + ${row}u, ${value!});`),
        ),
        "}",
      ]

const bindRows = (
  code: RowCode,
  { reads, outputs, domain, kept = [] }: RowProgram,
  { group, facts }: Pick<Site, "group" | "facts">,
): Kernel["bindings"] => {
  const { rows } = extentsOf(domain)
  const asVector = (entry: Kernel["bindings"][number], vector: boolean): Kernel["bindings"][number] =>
    vector ? { ...entry, binding: { ...entry.binding, vector } } : entry
  return [
    ...reads.map((buffer, i) =>
      asVector({ buffer, binding: bindingFor(buffer, `in${i}`, "read", facts) }, code.vectors.has(buffer)),
    ),
    ...outputs.flatMap((buffer, i) => {
      const entries = outputEntries(group, buffer, `out${i}`, kept.includes(buffer) ? "update" : "write", facts)
      const vector = sizeOf(buffer.shape) !== rows && isVector(code, buffer)
      return [...entries.slice(0, -1), asVector(entries.at(-1)!, vector)]
    }),
  ]
}

const labelOf = ({ folds, outputs }: RowProgram): string =>
  `${[...folds, ...outputs.filter((tensor) => !folds.includes(tensor))].map(({ op }) => op.name).join("+")}`

const codeFor = (group: Group, lanes: number, together: number): RowCode => {
  for (const layout of rowLayouts(group, lanes, together)) {
    const code = emitRows(group.rows!, layout)
    if (code !== null) return code
  }
  throw new Error("a row program that was valid when planned is no longer")
}

/** Invocations that share a row, those of them that exchange by themselves, and rows of a workgroup. */
interface RowShares {
  readonly lanes: number
  readonly together: number
  readonly perGroup: (walkers: number) => number
}

/** The directives of a kernel whose rows are shared by so many lanes of a subgroup. */
const directivesFor = (together: number): readonly string[] =>
  together === 1 ? [] : ["enable subgroups;", "diagnostic(off, subgroup_uniformity);"]

const sharedRows = (program: RowProgram, { group, facts }: Site, shares: RowShares): readonly Kernel[] => {
  const { lanes, together } = shares
  const code = codeFor(group, lanes, together)
  const { rows, length } = extentsOf(program.domain)
  const { layout } = code
  const walkers = Math.ceil(rows / layout.rows)
  const perGroup = shares.perGroup(walkers)
  const { span, parts } = loopsOf(code, length, 1)
  const statements = lines(
    ...code.walks.map((walk) => foldWalk(code, walk, program)),
    writeRows(code, program),
    writeScalars(code, program.outputs),
  )
  return [
    assembleKernel({
      label: labelOf(program),
      family: "rows",
      bindings: bindRows(code, program, { group, facts }),
      directives: directivesFor(together),
      params: { walkers, last: rows - layout.rows, length, span, parts },
      functions: new Set([
        loopConstants(lanes),
        ...groupMemory(statements, layout),
        ...code.functions,
        ...code.walks.flatMap(({ folds }) => folds.flatMap(foldFunctions)),
      ]),
      code: lines("fn row(o: u32, l: u32) {", statements, "}"),
      elements: rows * length,
      workgroupSize: lanes * perGroup,
      main: lines(
        perGroup === 1 && lanes > together
          ? "let walker = group;"
          : statement`let walker = group * ${perGroup}u + lane / ${lanes}u;`,
        "if (walker >= params.walkers) { return; }",
        // The last rows overlap those before where their number is odd: both compute the same.
        statement`row(min(walker * ${layout.rows}u, params.last), lane % ${lanes}u);`,
      ),
      workgroups: Math.ceil(walkers / perGroup),
      choice: { lanes, width: layout.width, rows: layout.rows },
    }),
  ]
}

/** Invocations that exchange what they hold by themselves. Where matrices are written out, the size of subgroups is another adapter's. */
const exchanging = ({ subgroupSize, writesMatricesOut = false }: KernelFacts): number =>
  writesMatricesOut ? 1 : Math.max(1, subgroupSize)

/** One subgroup per row (one invocation where there are no subgroups): a few walks along the row, then its results. */
export const rowKernels = (program: RowProgram, site: Site): readonly Kernel[] => {
  const lanes = exchanging(site.facts)
  const perGroup = (walkers: number): number => (lanes === 1 ? 64 : walkers < 64 ? 1 : 4)
  return sharedRows(program, site, { lanes, together: lanes, perGroup })
}

/** A workgroup of so many invocations per row: what they hold meets in its memory, by subgroups where these have a fixed size. */
export const workgroupRowKernels = (program: RowProgram, site: Site, lanes: number): readonly Kernel[] =>
  sharedRows(program, site, { lanes, together: exchanging(site.facts), perGroup: () => 1 })
