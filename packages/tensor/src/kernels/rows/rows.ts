import { statement } from "../../codegen/expression.ts"
import type { Group } from "../dispatch/group.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../dispatch/kernel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import { lines } from "../emit/operand.ts"
import { outputEntries } from "../dispatch/bindGroup.ts"
import type { Site } from "../way/way.ts"
import { foldFunctions } from "./rowAccumulators.ts"
import { groupMemory } from "./rowGroups.ts"
import { rowLayouts } from "./rowLayouts.ts"
import { loopConstants, loopsOf } from "./rowLoops.ts"
import { extentsOf, type RowProgram } from "./rowProgram.ts"
import { emitRows, type RowCode, type RowLayout } from "./emitRows.ts"
import { foldWalk, isVector, writeRows, writeScalars } from "./rowStatements.ts"

/** What the kernels of a program bind, by the names that its code has: inputs as `in`, outputs as `out` with their number. */
export const bindRows = (
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

/** The ops of a program's folds and outputs, for plans and profiles. */
export const labelOf = ({ folds, outputs }: RowProgram): string =>
  `${[...folds, ...outputs.filter((tensor) => !folds.includes(tensor))].map(({ op }) => op.name).join("+")}`

/** A group's code in the best of its layouts that can be written, of those that are wanted. */
export const codeFor = (
  group: Group,
  lanes: number,
  together: number,
  isWanted: (layout: RowLayout) => boolean = () => true,
): RowCode => {
  for (const layout of rowLayouts(group, lanes, together)) {
    const code = isWanted(layout) ? emitRows(group.rows!, layout) : null
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
export const directivesFor = (together: number): readonly string[] =>
  together === 1 ? [] : ["enable subgroups;", "diagnostic(off, subgroup_uniformity);"]

/** Declarations that statements of a program's code use. */
export const functionsFor = ({ layout, functions, walks }: RowCode, statements: string): ReadonlySet<string> =>
  new Set([
    loopConstants(layout.lanes),
    ...groupMemory(statements, layout),
    ...functions,
    ...walks.flatMap(({ folds }) => folds.flatMap(foldFunctions)),
  ])

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
      functions: functionsFor(code, statements),
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
export const exchanging = ({ subgroupSize, writesMatricesOut = false }: KernelFacts): number =>
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
