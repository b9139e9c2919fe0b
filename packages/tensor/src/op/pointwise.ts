import * as E from "fp-ts/lib/Either.js"
import type { Wgsl } from "../codegen/expression.ts"
import { differing } from "../shape/disagreement.ts"
import { isInteger, type DType } from "../dtype/dtype.ts"
import type { TensorErrorDetail } from "../error.ts"
import type { Attributes, Example, Law, Op, Pullback, Sample } from "./op.ts"
import type { Tensor } from "../graph/tensor.ts"
import { sameShape, type Shape, type Spec } from "../shape/shape.ts"

/** What an author writes of a pointwise op; `pointwiseOp` derives the rest. */
export interface PointwiseDefinition {
  readonly name: string
  readonly doc: string
  /** Element types the op accepts. */
  readonly takes: readonly DType[]
  readonly arity: 1 | 2 | 3
  /** Element type of the result: that of the last input unless given. */
  readonly result?: DType
  /** Element types of inputs that differ from `takes` (e.g. the condition of a select). */
  readonly inputTypes?: readonly (DType | undefined)[]
  /** CPU reference of one element, in f64; booleans are 0 and 1. */
  readonly cpu: (...values: readonly number[]) => number
  /** The same in modular 32-bit arithmetic, where f64 would lose low bits. */
  readonly cpuInteger?: (...values: readonly number[]) => number
  /** The same as an expression of as many operands as `arity` says. */
  readonly wgsl: (args: readonly [x: Wgsl, y: Wgsl, z: Wgsl], inputs: readonly Spec[]) => Wgsl
  /** WGSL functions that `wgsl` calls. */
  readonly functions?: readonly string[]
  readonly vjp: ((pullback: Pullback<Attributes>) => readonly (Tensor | null)[]) | { readonly none: string }
  readonly flops: number
  readonly shows: readonly {
    readonly x: readonly number[]
    readonly y?: readonly number[]
    readonly z?: readonly number[]
    readonly gives: readonly number[]
  }[]
  /** Range of random test arguments, per input; away from kinks and poles. */
  readonly ranges?: readonly (readonly [low: number, high: number])[]
  readonly except?: Partial<Readonly<Record<Law, string>>>
}

const operandsOf = (inputs: readonly Spec[]) => inputs.map((spec, i) => ({ name: "xyz"[i]!, ...spec }))

const conversion = (takes: readonly DType[]): string =>
  takes[0] === "bool"
    ? "notEqual(x, 0) makes a bool"
    : `cast(x, "${takes.includes("f32") ? "f32" : takes[0]!}") converts`

const wrongType = (definition: PointwiseDefinition, inputs: readonly Spec[]): TensorErrorDetail => ({
  _tag: "DTypeMismatch",
  op: definition.name,
  operands: operandsOf(inputs),
  rule: `operands must share one element type of ${definition.takes.join(", ")}`,
  remedy: `${conversion(definition.takes)}; plain numbers take the other operand's type`,
})

const wrongShape = (definition: PointwiseDefinition, inputs: readonly Spec[]): TensorErrorDetail => ({
  _tag: "ShapeMismatch",
  op: definition.name,
  operands: operandsOf(inputs).map((operand) => ({
    ...operand,
    marked: differing(operand.shape, inputs.at(-1)!.shape),
  })),
  rule: "operands must have one shape",
  remedy: "expand(x, shape) repeats axes of extent 1",
})

const shapeRule =
  (definition: PointwiseDefinition) =>
  (inputs: readonly Spec[]): E.Either<TensorErrorDetail, Spec> => {
    const last = inputs.at(-1)!
    const typed = inputs.every(({ dtype }, i) => {
      const fixed = definition.inputTypes?.[i]
      return fixed === undefined ? dtype === last.dtype && definition.takes.includes(dtype) : dtype === fixed
    })
    if (!typed) return E.left(wrongType(definition, inputs))
    if (!inputs.every(({ shape }) => sameShape(shape, last.shape))) return E.left(wrongShape(definition, inputs))
    return E.right({ shape: last.shape, dtype: definition.result ?? last.dtype })
  }

const exampleOf = (
  definition: PointwiseDefinition,
  show: PointwiseDefinition["shows"][number],
): Example<Attributes> => {
  const values = [show.x, show.y, show.z].slice(0, definition.arity) as readonly (readonly number[])[]
  const dtype = definition.takes[0]!
  const inputs = values.map((v, i) => ({ shape: [v.length], values: v, dtype: definition.inputTypes?.[i] ?? dtype }))
  return { inputs, output: { shape: [show.gives.length], values: show.gives, dtype: definition.result ?? dtype } }
}

/** Shapes that hurt a pointwise kernel: empty, scalar, odd, quads within rows and across them, long. */
const pointwiseShapes: readonly Shape[] = [
  [0],
  [],
  [1],
  [3, 5],
  [6, 10],
  [7],
  [4, 8],
  [2, 0, 4],
  [65_537, 3],
  [65_541, 4],
]

const samplesOf = (definition: PointwiseDefinition): readonly Sample<Attributes>[] =>
  pointwiseShapes.map((shape) => ({
    attributes: {},
    inputs: Array.from({ length: definition.arity }, (_, i) => {
      const [low, high] = definition.ranges?.[i] ?? [-2, 2]
      return { shape, dtype: definition.inputTypes?.[i] ?? definition.takes[0]!, low, high }
    }),
  }))

const cpuOf =
  (definition: PointwiseDefinition): Op["cpu"] =>
  (inputs, output) => {
    const compute =
      isInteger(output.dtype) && definition.cpuInteger !== undefined ? definition.cpuInteger : definition.cpu
    const [x, y, z] = inputs.map(({ data }) => data)
    const into = output.data
    // One loop per arity: passing an absent operand as 0 would change what variadic functions such as Math.max compute.
    if (z !== undefined) for (let i = 0; i < into.length; i++) into[i] = compute(x![i]!, y![i]!, z[i]!)
    else if (y !== undefined) for (let i = 0; i < into.length; i++) into[i] = compute(x![i]!, y[i]!)
    else for (let i = 0; i < into.length; i++) into[i] = compute(x![i]!)
  }

/** An op that computes each element from the elements at the same place: shape rule, CPU loop and test arguments come with it. */
export const pointwiseOp = (definition: PointwiseDefinition): Op<Attributes> => ({
  name: definition.name,
  doc: definition.doc,
  gives: shapeRule(definition),
  cpu: cpuOf(definition),
  lowering: {
    kind: "pointwise",
    wgsl: (args, _attributes, inputs) => definition.wgsl(args as unknown as readonly [Wgsl, Wgsl, Wgsl], inputs),
    ...(definition.functions === undefined ? {} : { functions: definition.functions }),
  },
  vjp: definition.vjp,
  flops: () => definition.flops,
  shows: definition.shows.map((show) => exampleOf(definition, show)),
  samples: samplesOf(definition),
  ...(definition.except === undefined ? {} : { except: definition.except }),
})
