import { sameText, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { createBody, type Body } from "../../codegen/body.ts"
import { addIndex, atomIndex, constantIndex, scaleIndex, type Index } from "../../codegen/indexing.ts"
import { hasQuads, quadType, withQuads, type QuadReader } from "../../codegen/quads.ts"
import { hoist, prune } from "../../codegen/statements.ts"
import type { Emit } from "../../codegen/emit.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { sizeOf } from "../../shape/shape.ts"
import { range } from "../emit/operand.ts"
import { levelsOf, type Fold } from "./rowFolds.ts"
import { extentsOf, type RowDomain, type RowProgram } from "./rowProgram.ts"

/** How rows are walked. */
export interface RowLayout {
  /** Invocations that share a row. */
  readonly lanes: number
  /** How many of them exchange what they hold by themselves; groups of so many meet in the workgroup's memory. Default: all. */
  readonly together?: number
  /** Neighbouring elements an invocation takes in a step. */
  readonly width: 1 | 4
  /** Steps that the body of a loop takes, in walks that fold and in the one that writes. */
  readonly steps: { readonly fold: number; readonly write: number }
  /** Rows that are walked at once, so that what they share is loaded once. */
  readonly rows: number
  /** Elements of a part of the row, walked one after another; what changes only from part to part is loaded once for each. */
  readonly part: number
}

/** What a walk computes of one tensor: for each of the rows walked at once, the elements of a loop's body. */
export interface RowValue {
  readonly tensor: Tensor
  readonly rows: readonly (readonly Wgsl[])[]
}

/** One walk along the row: what is computed before it, once for each part, and in the loop's body. */
export interface RowPass {
  readonly before: readonly string[]
  readonly part: readonly string[]
  readonly lines: readonly string[]
  readonly values: readonly RowValue[]
  /** Where the elements of a row begin in a tensor of whole rows, in steps: WGSL by row walked at once and step of the body. */
  readonly positions: readonly (readonly Wgsl[])[]
}

export interface RowWalk extends RowPass {
  readonly folds: readonly Fold[]
  /** What the walk stores for those after it. */
  readonly kept: readonly RowValue[]
}

export interface RowCode {
  readonly layout: RowLayout
  /** Walks that fold, in order. */
  readonly walks: readonly RowWalk[]
  /** The walk that writes whole rows. */
  readonly rows: RowPass
  /** What is computed and written once per row. */
  readonly scalars: RowPass
  readonly functions: ReadonlySet<string>
  /** Tensors read four elements at a time. */
  readonly vectors: ReadonlySet<Tensor>
}

/** Name of the variable that holds a fold's result for one of the rows walked at once. */
export const foldName = (tensor: Tensor, folds: readonly Tensor[], row: number): string =>
  `fold${folds.indexOf(tensor)}_${row}`

class ForeignPosition extends Error {}

interface Places {
  /** Number of each row walked at once. */
  readonly rows: readonly Index[]
  /** Positions in the row of the elements of a loop's body. */
  readonly elements: readonly Index[]
}

const placesOf = (domain: RowDomain, { lanes, width, rows, part }: RowLayout, steps: number): Places => {
  const extents = extentsOf(domain)
  const first = atomIndex({ name: "o", extent: extents.rows - rows + 1 })
  const chunk = scaleIndex(atomIndex({ name: "c", extent: extents.length / part }), part)
  const step = scaleIndex(atomIndex({ name: "r", extent: part / width - lanes * (steps - 1) }), width)
  const start = addIndex(chunk, step)
  return {
    rows: range(rows).map((row) => addIndex(first, constantIndex(row))),
    elements: range(steps * width).map((element) => {
      const [at, component] = [Math.floor(element / width), element % width]
      return addIndex(start, constantIndex(at * lanes * width + component))
    }),
  }
}

interface Emission {
  readonly program: RowProgram
  readonly layout: RowLayout
  readonly reader: QuadReader
  readonly functions: Set<string>
}

/** Whether a walk is the first one: it computes what is kept, where others read it back. */
type Keeping = "computes" | "reads"

/** An element of its own that an invocation has stored in the first walk. */
const keptElement = (
  { program, layout }: Emission,
  tensor: Tensor,
  position: Index,
  { rows, elements }: Places,
  emit: Pick<Emit, "text" | "name">,
): Wgsl => {
  const { length } = extentsOf(program.domain)
  const at = emit.text(position)
  for (const row of rows)
    for (const [i, element] of elements.entries()) {
      if (!sameText(emit.text(addIndex(scaleIndex(row, length), element)), at)) continue
      const name = `out${program.outputs.indexOf(tensor)}`
      if (layout.width === 1 || !hasQuads(tensor)) return wgsl`load_${name}(${at})`
      const first = addIndex(scaleIndex(row, length), elements[i - (i % 4)]!)
      return wgsl`${emit.name(quadType(tensor.dtype), wgsl`load4_${name}(${emit.text(inSteps(first, 4))})`)}.${"xyzw"[i % 4]!}`
    }
  throw new ForeignPosition()
}

const passBody = (emission: Emission, places: Places, keeping: Keeping): Body => {
  const { program, reader } = emission
  const names = new Map(program.reads.map((tensor, i) => [tensor, `in${i}`]))
  const boundary = (tensor: Tensor, position: Index, emit: Pick<Emit, "text" | "name">): Wgsl | null => {
    const name = names.get(tensor)
    if (name !== undefined) return reader.load(tensor, name, position, emit)
    if (keeping === "reads" && program.kept?.includes(tensor) === true)
      return keptElement(emission, tensor, position, places, emit)
    if (!program.folds.includes(tensor)) return null
    // A fold's result is known for the rows at hand only.
    const at = emit.text(position)
    const row = places.rows.findIndex((index) => sameText(emit.text(index), at))
    if (row < 0) throw new ForeignPosition()
    return wgsl`${foldName(tensor, program.folds, row)}`
  }
  return createBody([], boundary, new Set(["o", "c"]))
}

const emitPass = (
  emission: Emission,
  wanted: readonly (readonly [result: Tensor, of: Tensor])[],
  steps: number,
  keeping: Keeping = "reads",
) => {
  const { domain } = emission.program
  const { rows, length } = extentsOf(domain)
  const places = placesOf(domain, emission.layout, steps)
  const body = passBody(emission, places, keeping)
  const whole = (tensor: Tensor): boolean => sizeOf(tensor.shape) !== rows || length === 1
  const valuesIn = (tensor: Tensor, row: Index): readonly Wgsl[] => {
    const start = whole(tensor) ? scaleIndex(row, length) : row
    const elements = whole(tensor) ? places.elements : [constantIndex(0)]
    return elements.map((at) => body.value(tensor, body.split(addIndex(start, at), tensor.shape)))
  }
  const values = wanted.map(([tensor, of]) => ({ tensor, rows: places.rows.map((row) => valuesIn(of, row)) }))
  for (const text of body.functions) emission.functions.add(text)
  return placed(body, values, positionsOf(emission.layout, places, length, body))
}

const placed = (body: Body, values: readonly RowValue[], positions: RowPass["positions"]): RowPass => {
  const needed = prune(body.lines, [...positions.flat(), ...values.flatMap(({ rows }) => rows.flat())])
  const { fixed, varying } = hoist(needed, "r")
  const { fixed: before, varying: part } = hoist(fixed, "c")
  return { before, part, lines: varying, values, positions }
}

const inSteps = ({ terms, offset }: Index, width: number): Index => ({
  terms: terms.map(({ atom, coefficient }) => ({ atom, coefficient: coefficient / width })),
  offset: offset / width,
})

// Positions of the first elements of steps, by width.
const positionsOf = (
  { width }: RowLayout,
  { rows, elements }: Places,
  length: number,
  body: Body,
): RowPass["positions"] =>
  rows.map((row) =>
    elements
      .filter((_, i) => i % width === 0)
      .map((at) => body.text(inSteps(addIndex(scaleIndex(row, length), at), width))),
  )

const itself = (tensor: Tensor): readonly [Tensor, Tensor] => [tensor, tensor]

const walkOf = (emission: Emission, folds: readonly Fold[], level: number): RowWalk => {
  const { program, layout } = emission
  const [kept, keeping] = level === 0 ? [program.kept ?? [], "computes" as const] : [[], "reads" as const]
  // The second of two results is computed without its operand, which all the same must be one of these rows.
  for (const { results } of folds)
    for (const result of results.slice(1)) emitPass(emission, [[result, result.inputs[0]!]], 1, keeping)
  const wanted = [...folds.map(({ results, of }) => [results[0], of] as const), ...kept.map(itself)]
  const pass = emitPass(emission, wanted, layout.steps.fold, keeping)
  return { folds, ...pass, values: pass.values.slice(0, folds.length), kept: pass.values.slice(folds.length) }
}

const emitCode = (emission: Emission): Omit<RowCode, "vectors"> => {
  const { program, layout, functions } = emission
  const { rows, length } = extentsOf(program.domain)
  const isScalar = (tensor: Tensor): boolean => sizeOf(tensor.shape) === rows && length !== 1
  const isKept = (tensor: Tensor): boolean => program.kept?.includes(tensor) === true
  const whole = program.outputs.filter((tensor) => !isScalar(tensor) && !isKept(tensor))
  return {
    layout,
    walks: levelsOf(program).map((folds, level) => walkOf(emission, folds, level)),
    rows: emitPass(emission, whole.map(itself), layout.steps.write),
    scalars: emitPass(emission, program.outputs.filter(isScalar).map(itself), layout.steps.write),
    functions,
  }
}

/** The program as WGSL statements, or `null` when something in it needs a fold of another row. */
export const emitRows = (program: RowProgram, layout: RowLayout): RowCode | null => {
  try {
    const { written, vectors } = withQuads(layout.width === 4 ? program.reads : [], (reader) =>
      emitCode({ program, layout, reader, functions: new Set() }),
    )
    return { ...written, vectors }
  } catch (error) {
    if (error instanceof ForeignPosition) return null
    throw error
  }
}

/** Row by row and element by element: what any program can be emitted with. */
export const plainLayout = ({ domain }: RowProgram, lanes: number): RowLayout => ({
  lanes,
  width: 1,
  steps: { fold: 1, write: 1 },
  rows: 1,
  part: extentsOf(domain).length,
})
