import { statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { wgslType } from "../../codegen/element.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { bindingFor, type Kernel, type Scratch } from "../dispatch/kernel.ts"
import { lines } from "../emit/operand.ts"
import type { Site } from "../way/way.ts"
import { accumulatorOf, takenUp } from "./rowAccumulators.ts"
import type { Fold } from "./rowFolds.ts"
import { extentsOf, type RowProgram } from "./rowProgram.ts"
import { foldName, type RowCode, type RowWalk } from "./emitRows.ts"
import { bindRows, codeFor, directivesFor, exchanging, functionsFor, labelOf } from "./rows.ts"
import { cutOf, elementsOfShare, shareBounds, type RowCut } from "./rowShares.ts"
import { foldWalk, writeRows, writeScalars, type OwnShare } from "./rowStatements.ts"

/** A program whose rows are shared by workgroups. */
interface Sharing {
  readonly program: RowProgram
  readonly site: Site
  readonly code: RowCode
  readonly cut: RowCut
}

const resultsOf = ({ folds }: RowWalk): Fold["results"][number][] => folds.flatMap(({ results }) => [...results])

const foundName = (walk: number): string => `found${walk}`

/** What every share of every row has found in a walk: a record of all results for each. */
const foundIn = ({ program, code, cut }: Sharing, walk: number): Scratch => ({
  scratch: walk,
  dtype: "u32",
  size: resultsOf(code.walks[walk]!).length * extentsOf(program.domain).rows * cut.shares,
})

/** Statements that keep what the own share has found: as bits, in which nothing is lost of integers. */
const keepFound = ({ program, code }: Sharing, walk: number): readonly string[] => {
  const results = resultsOf(code.walks[walk]!)
  return [
    "if (l == 0u) {",
    ...results.map(
      (result, field) =>
        statement`store_${foundName(walk)}((o * params.shares + s) * ${results.length}u + ${field}u, bitcast<u32>(${foldName(result, program.folds, 0)}));`,
    ),
    "}",
  ]
}

/** Statements that join what all shares of the row have found in a walk, which invocations divide among them: in the same order everywhere. */
const joinFound = ({ program, code }: Sharing, walk: number): string => {
  const { folds } = code.walks[walk]!
  const results = resultsOf(code.walks[walk]!)
  const layout = { ...code.layout, width: 1 as const }
  const accumulators = folds.map((fold) =>
    accumulatorOf(fold, [wgsl`f32()`], { folds: program.folds, row: 0, layout, length: "params.length" }),
  )
  const field = (result: (typeof results)[number]): Wgsl =>
    wgsl`bitcast<${wgslType(result.dtype)}>(load_${foundName(walk)}((o * params.shares + p) * ${results.length}u + ${results.indexOf(result)}u))`
  return lines(
    accumulators.flatMap((accumulator) => accumulator.results),
    "{",
    accumulators.flatMap(({ start }) => start),
    "for (var p = l; p < params.shares; p += LANES) {",
    folds.flatMap((fold) => takenUp(fold, fold.results.map(field), wgsl`elements_of(p)`, program.folds)),
    "}",
    accumulators.flatMap(({ finish }) => finish),
    "}",
  )
}

/** Joins of those walks before one whose results its statements need. */
const joinsFor = (sharing: Sharing, before: number, statements: string): readonly string[] =>
  sharing.code.walks.slice(0, before).flatMap((walk, at) => {
    const isNeeded = resultsOf(walk).some((result) =>
      new RegExp(`\\b${foldName(result, sharing.program.folds, 0)}\\b`).test(statements),
    )
    return isNeeded ? [joinFound(sharing, at)] : []
  })

const loads = (text: string, name: string): boolean => new RegExp(`\\bload4?_${name}\\(`).test(text)

const stores = (text: string, name: string): boolean => new RegExp(`\\bstore4?_${name}\\(`).test(text)

/** What statements do with a binding: what they only load again another kernel has stored. */
const accessIn = (text: string, name: string): Kernel["bindings"][number]["binding"]["access"] | null => {
  if (stores(text, name)) return loads(text, name) ? "update" : "write"
  return loads(text, name) ? "read" : null
}

/** What a kernel's statements load and store of the program's tensors, and of what walks have found. */
const bindingsFor = (sharing: Sharing, statements: string): Kernel["bindings"] => {
  const { program, site, code } = sharing
  const found = code.walks.map((_walk, at) => {
    const buffer = foundIn(sharing, at)
    return { buffer, binding: bindingFor(buffer, foundName(at), "read", site.facts) }
  })
  return [...bindRows(code, program, site), ...found].flatMap((entry): Kernel["bindings"] => {
    const { peak, ...binding } = entry.binding
    if (binding.access === "peak") return stores(statements, binding.name.slice("peak_".length)) ? [entry] : []
    const access = accessIn(statements, binding.name)
    if (access === null) return []
    const kept = access === "read" || peak === undefined ? {} : { peak }
    return [{ ...entry, binding: { ...binding, ...kept, access } }]
  })
}

/** Invocations of a workgroup where subgroups have shares of their own, and meet nobody else. */
const groupSize = 256

const kernelOf = (sharing: Sharing, label: string, statements: string, shares: number): Kernel => {
  const { program, code, cut } = sharing
  const { rows, length } = extentsOf(program.domain)
  const { lanes, width, part, together = lanes } = code.layout
  const { each, strips, stretch } = cut
  const perGroup = lanes > together ? 1 : Math.max(1, Math.floor(groupSize / lanes))
  return assembleKernel({
    label,
    family: "rows",
    bindings: bindingsFor(sharing, statements),
    directives: directivesFor(together),
    params: {
      walkers: rows * shares,
      length,
      span: part / width,
      parts: length / part,
      shares: cut.shares,
      each,
      strips,
      stretch,
    },
    functions: new Set([...functionsFor(code, statements), elementsOfShare(width)]),
    code: lines("fn row(o: u32, l: u32, s: u32) {", shareBounds, statements, "}"),
    elements: rows * length,
    workgroupSize: lanes * perGroup,
    main: lines(
      perGroup === 1 ? "let walker = group;" : statement`let walker = group * ${perGroup}u + lane / ${lanes}u;`,
      // All invocations of a share leave together.
      "if (walker >= params.walkers) { return; }",
      shares === 1
        ? statement`row(walker, lane % ${lanes}u, 0u);`
        : statement`row(walker / params.shares, lane % ${lanes}u, walker % params.shares);`,
    ),
    workgroups: Math.ceil((rows * shares) / perGroup),
    choice: { lanes, width },
  })
}

/** What is found in a walk, of each share of a row by itself. */
const walkKernel = (sharing: Sharing, share: OwnShare, at: number): Kernel => {
  const walk = foldWalk(sharing.code, sharing.code.walks[at]!, sharing.program, share)
  const statements = lines(
    "let counted = elements_of(s);",
    ...joinsFor(sharing, at, walk),
    walk,
    ...keepFound(sharing, at),
  )
  return kernelOf(sharing, `${labelOf(sharing.program)} (parts)`, statements, sharing.cut.shares)
}

/** What follows from all of a row: its shares' elements, and what there is one of. Without elements a workgroup to a row is enough. */
const lastKernel = (sharing: Sharing, share: OwnShare): Kernel => {
  const { code, program } = sharing
  const whole = writeRows(code, program, share)
  const scalars = writeScalars(code, program.outputs)
  const written = lines(...whole, ...(scalars.length === 0 ? [] : ["if (s == 0u) {", ...scalars, "}"]))
  const statements = lines(...joinsFor(sharing, code.walks.length, written), written)
  return kernelOf(sharing, labelOf(program), statements, whole.length === 0 ? 1 : sharing.cut.shares)
}

/**
 * Several workgroups or subgroups per row: a kernel for each walk, in which each finds what its own share of the row has and leaves it, and one
 * that joins that and writes the rows. The order is the same in every run.
 */
export const sharedRowKernels = (
  program: RowProgram,
  site: Site,
  { lanes, parts }: { readonly lanes: number; readonly parts: number },
): readonly Kernel[] => {
  const code = codeFor(site.group, lanes, exchanging(site.facts), ({ rows }) => rows === 1)
  const cut = cutOf(code, extentsOf(program.domain).length, parts)
  const sharing: Sharing = { program, site, code, cut }
  const share: OwnShare = { stretch: cut.stretch, elements: "counted" }
  return [...code.walks.map((_walk, at) => walkKernel(sharing, share, at)), lastKernel(sharing, share)]
}
