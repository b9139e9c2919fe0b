import { hasQuads, quadType } from "../../codegen/quads.ts"
import { addIndex, atomIndex, constantIndex, scaleIndex, type Index } from "../../codegen/indexing.ts"
import { wgslType } from "../../codegen/element.ts"
import type { Tensor } from "../../graph/tensor.ts"
import type { Group, GroupBindings } from "../dispatch/group.ts"
import { sizeOf } from "../../shape/shape.ts"
import { quadFunction } from "../emit/quadElement.ts"
import { operandFunction } from "../emit/tail.ts"

/** What a reduction folds, as a function `operand(o, r)` of where its result goes and of a position along the fold. */
export interface FoldOperand {
  readonly code: string
  readonly functions: ReadonlySet<string>
  /** Tensors read four elements at a time. */
  readonly vectors: ReadonlySet<Tensor>
  /**
   * What a value is: an element, or a vector of neighbours. `outputs`: those of four neighbouring outputs; `fold`: four
   * neighbours along the fold.
   */
  readonly along: "element" | "outputs" | "fold"
  /** WGSL type of a value. */
  readonly type: string
  /** Values of o, and of r. */
  readonly outputs: number
  readonly length: number
  /** Declarations in its body: how much work it is. */
  readonly work: number
}

const elementOperand = (group: Group, bindings: GroupBindings): FoldOperand => {
  const { code, functions, size } = operandFunction(group, bindings)
  return {
    code,
    functions,
    vectors: new Set(),
    along: "element",
    type: wgslType(group.anchor!.dtype),
    outputs: sizeOf(group.anchor!.shape),
    length: size,
    work: code.split("\n").length,
  }
}

const quadsFrom = (name: string, size: number): readonly Index[] =>
  [0, 1, 2, 3].map((component) =>
    addIndex(scaleIndex(atomIndex({ name, extent: size / 4 }), 4), constantIndex(component)),
  )

interface Extents {
  readonly outputs: number
  readonly length: number
}

const positionsFor = (
  along: "outputs" | "fold",
  { outputs, length }: Extents,
): readonly (readonly [o: Index, r: Index])[] =>
  along === "outputs"
    ? quadsFrom("o", outputs).map((o) => [o, atomIndex({ name: "r", extent: length })])
    : quadsFrom("r", length).map((r) => [atomIndex({ name: "o", extent: outputs }), r])

const quadOperand = (
  group: Group,
  bindings: GroupBindings,
  along: "outputs" | "fold",
  extents: Extents,
): FoldOperand => {
  const reduce = group.anchor!
  const axes = reduce.attributes["axes"] as readonly number[]
  const [x] = reduce.inputs as readonly [Tensor]
  const inner = axes.map((axis) => x.shape[axis]!)
  const { code, functions, vectors, length } = quadFunction(group, bindings, "fn operand(o: u32, r: u32)", x, (body) =>
    positionsFor(along, extents).map(([o, r]) => {
      const [outer, folded] = [body.split(o, reduce.shape), body.split(r, inner)]
      return body.value(
        x,
        x.shape.map((_, axis) => (axes.includes(axis) ? folded[axes.indexOf(axis)]! : outer[axis]!)),
      )
    }),
  )
  return {
    code,
    functions,
    vectors,
    along,
    type: quadType(x.dtype),
    outputs: along === "outputs" ? extents.outputs / 4 : extents.outputs,
    length: along === "fold" ? extents.length / 4 : extents.length,
    work: length,
  }
}

// Whatever reads no vectors gains nothing by computing four at a time.
const worthwhile = (operand: FoldOperand, tail: string, bindings: GroupBindings): boolean =>
  operand.vectors.size > 0 && [...operand.vectors].every((tensor) => !tail.includes(`${bindings.load(tensor)}(`))

/** The operand of a group's reduction, in vectors where it is read in them. `tail` is code that reads element by element. */
export const foldOperand = (group: Group, bindings: GroupBindings, tail: string): FoldOperand => {
  const reduce = group.anchor!
  const [x] = reduce.inputs as readonly [Tensor]
  const extents = { outputs: sizeOf(reduce.shape), length: sizeOf(x.shape) / sizeOf(reduce.shape) }
  const ways = [
    ...(hasQuads(reduce) ? (["outputs"] as const) : []),
    ...(hasQuads({ shape: [extents.length], dtype: x.dtype }) ? (["fold"] as const) : []),
  ]
  const found = ways
    .map((along) => quadOperand(group, bindings, along, extents))
    .find((operand) => worthwhile(operand, tail, bindings))
  return found ?? elementOperand(group, bindings)
}
