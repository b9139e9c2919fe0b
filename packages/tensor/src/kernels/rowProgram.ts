import { coordinatesOf, createBody, type Body } from "../codegen/body.ts"
import { linearIndex, type Index } from "../codegen/indexing.ts"
import type { Emit } from "../codegen/emit.ts"
import type { Tensor } from "../graph.ts"
import { sameShape, sizeOf, type Shape } from "../shape.ts"

/** Rows and what lies along one: a tensor of shape [...outer, ...inner] has Πouter rows of length Πinner. */
export interface RowDomain {
  readonly outer: Shape
  readonly inner: Shape
}

/** Folds over rows, what is computed from them, and which results are stored. */
export interface RowProgram {
  readonly domain: RowDomain
  /** Reductions, each after those it depends on. */
  readonly folds: readonly Tensor[]
  readonly outputs: readonly Tensor[]
  /** Stored tensors it reads. */
  readonly reads: readonly Tensor[]
}

/** One walk along the row: statements of the loop body, and the expression each fold adds in it. */
export interface RowPass {
  readonly lines: readonly string[]
  readonly values: readonly { readonly tensor: Tensor; readonly value: string }[]
}

export interface RowCode {
  /** Walks that fold, in order. */
  readonly folds: readonly RowPass[]
  /** The walk that writes whole rows. */
  readonly rows: RowPass
  /** What is computed and written once per row. */
  readonly scalars: RowPass
  readonly functions: ReadonlySet<string>
}

/** Name of the variable that holds a fold's result. */
export const foldName = (tensor: Tensor, folds: readonly Tensor[]): string => `fold${folds.indexOf(tensor)}`

const dependsOn = (tensor: Tensor, folds: ReadonlySet<Tensor>, reads: ReadonlySet<Tensor>): readonly Tensor[] => {
  const found = new Set<Tensor>()
  const seen = new Set<Tensor>()
  const stack = [...tensor.inputs]
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node) || reads.has(node)) continue
    seen.add(node)
    if (folds.has(node)) found.add(node)
    else stack.push(...node.inputs)
  }
  return [...found]
}

// Folds that depend on none of each other share a walk.
const levelsOf = ({ folds, reads }: RowProgram): readonly (readonly Tensor[])[] => {
  const [all, stored] = [new Set(folds), new Set(reads)]
  const level = new Map<Tensor, number>()
  for (const fold of folds)
    level.set(fold, Math.max(0, ...dependsOn(fold, all, stored).map((other) => level.get(other)! + 1)))
  const levels: Tensor[][] = []
  for (const fold of folds) (levels[level.get(fold)!] ??= []).push(fold)
  return levels
}

class ForeignPosition extends Error {}

const emitPass = (
  program: RowProgram,
  wanted: readonly { readonly tensor: Tensor; readonly at: Tensor }[],
  functions: Set<string>,
): RowPass => {
  const { domain, folds } = program
  const names = new Map(program.reads.map((tensor, i) => [tensor, `load_in${i}`]))
  const outer = { variable: "o", shape: domain.outer }
  const inner = { variable: "r", shape: domain.inner }
  const here = [...coordinatesOf(outer), ...coordinatesOf(inner)]
  const domainShape = [...domain.outer, ...domain.inner]
  const row = sizeOf(domain.outer) === 1 ? "0u" : "o"
  const boundary = (tensor: Tensor, position: Index, emit: Pick<Emit, "text">): string | null => {
    const load = names.get(tensor)
    if (load !== undefined) return `${load}(${emit.text(position)})`
    if (!folds.includes(tensor)) return null
    // A fold's result is known for this row only.
    if (emit.text(position) !== row) throw new ForeignPosition()
    return foldName(tensor, folds)
  }
  const body: Body = createBody([outer, inner], boundary)
  const rows = sizeOf(domain.outer)
  const indexFor = (tensor: Tensor): readonly Index[] => {
    const whole = sizeOf(tensor.shape) !== rows || sizeOf(domain.inner) === 1
    if (whole && sameShape(tensor.shape, domainShape)) return here
    const position = whole
      ? linearIndex(here, domainShape)
      : linearIndex(here.slice(0, domain.outer.length), domain.outer)
    return body.split(position, tensor.shape)
  }
  const values = wanted.map(({ tensor, at }) => ({ tensor, value: body.value(at, indexFor(at)) }))
  for (const text of body.functions) functions.add(text)
  return { lines: body.lines, values }
}

const itself = (tensor: Tensor) => ({ tensor, at: tensor })

/** The program as WGSL statements, or `null` when something in it needs a fold of another row. */
export const emitRows = (program: RowProgram): RowCode | null => {
  const functions = new Set<string>()
  const rows = sizeOf(program.domain.outer)
  const isScalar = (tensor: Tensor): boolean => sizeOf(tensor.shape) === rows && sizeOf(program.domain.inner) !== 1
  try {
    return {
      folds: levelsOf(program).map((level) =>
        emitPass(
          program,
          level.map((tensor) => ({ tensor, at: tensor.inputs[0]! })),
          functions,
        ),
      ),
      rows: emitPass(program, program.outputs.filter((tensor) => !isScalar(tensor)).map(itself), functions),
      scalars: emitPass(program, program.outputs.filter(isScalar).map(itself), functions),
      functions,
    }
  } catch (error) {
    if (error instanceof ForeignPosition) return null
    throw error
  }
}
