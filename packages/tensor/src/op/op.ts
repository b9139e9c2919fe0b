import type { Either } from "fp-ts/lib/Either.js"
import type { TensorErrorDetail } from "../error.ts"
import type { DType } from "../dtype/dtype.ts"
import type { Emit } from "../codegen/emit.ts"
import type { Wgsl } from "../codegen/expression.ts"
import type { Index } from "../codegen/indexing.ts"
import type { View } from "../shape/view.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { HostArray } from "../host/array.ts"
import type { AnyFamily } from "../kernels/way/way.ts"
import type { Shape, Spec } from "../shape/shape.ts"

/** Static arguments of an op: plain data that identifies the node together with its inputs. */
export type Attributes = Readonly<Record<string, unknown>>

/**
 * How the compiler computes an op.
 * - `pointwise`: element i of the output is an expression of element i of each input.
 * - `inline`: an element of the output is an expression of a few elements of the inputs, found by index arithmetic;
 *   `view`, where present, says that the result is a strided view of input 0.
 * - `reduce`: the op folds its input over `attributes.axes`, keeping them with extent 1.
 * - `kernel`: kernels of its own (contraction, convolution, scatter): the name of a family of this package, or a family that the
 *   op brings with its ways.
 * - `alias`: the value of input 0, untouched (a marker for reverse mode or for the reader).
 * - `source`: has no inputs and is not computed: a program input or a host constant.
 */
export type Lowering<A extends Attributes> =
  | {
      readonly kind: "pointwise"
      readonly wgsl: (args: readonly Wgsl[], attributes: A, inputs: readonly Spec[]) => Wgsl
      readonly functions?: readonly string[]
    }
  | {
      readonly kind: "inline"
      readonly emit: (emit: Emit, index: readonly Index[], attributes: A, inputs: readonly Spec[], output: Spec) => Wgsl
      readonly view?: (view: View, attributes: A, output: Spec) => View | null
      readonly functions?: readonly string[]
    }
  | { readonly kind: "reduce"; readonly combine: "sum" | "max" | "min" | "peak" }
  | { readonly kind: "kernel"; readonly family: string | AnyFamily }
  | { readonly kind: "alias" }
  | { readonly kind: "source" }

/** What a reverse-mode rule sees: the node's inputs, output and attributes, and the cotangent of the output. */
export interface Pullback<A extends Attributes> {
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
  readonly cotangent: Tensor
  readonly attributes: A
  /** Which inputs' cotangents will be used; a costly rule may give `null` for the others. Absent: all. */
  readonly needed?: readonly boolean[]
}

/** What a batching rule sees: a node's operands, which of them are mapped, and how often the op is applied. */
export interface Batch<A extends Attributes> {
  /** A mapped operand has one more axis, its first, of `size`; the others serve every example. At least one is mapped. */
  readonly inputs: readonly Tensor[]
  readonly mapped: readonly boolean[]
  readonly size: number
  readonly attributes: A
}

/** One worked example: host inputs as nested or flat numbers, attributes, and the expected output. */
export interface Example<A extends Attributes> {
  readonly inputs: readonly { readonly shape: Shape; readonly values: readonly number[]; readonly dtype?: DType }[]
  readonly attributes?: A
  readonly output: { readonly shape: Shape; readonly values: readonly number[]; readonly dtype?: DType }
}

/** Random arguments for generated tests: input specs with the range of their values, and attributes. */
export interface Sample<A extends Attributes> {
  readonly inputs: readonly (Spec & { readonly low?: number; readonly high?: number })[]
  readonly attributes: A
}

/** Laws of the generated tests an op is excused from, each with its reason. */
export type Law = "gradient" | "secondGradient" | "f16" | "gpu"

/**
 * Everything that is known about an op, in one value: graph builder, planner, WGSL emitter, CPU reference, reverse mode,
 * tests, benchmarks and the documentation table all read this.
 */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string
  /** One line: formula and shapes. */
  readonly doc: string
  /** The only shape rule. */
  readonly gives: (inputs: readonly Spec[], attributes: A) => Either<TensorErrorDetail, Spec>
  /** The CPU reference: fills `output.data` (zeroed, of `gives`' spec). Sums in f64. */
  readonly cpu: (inputs: readonly HostArray[], output: HostArray, attributes: A) => void
  readonly lowering: Lowering<A>
  /** Cotangent of each input; `null` where the input has no gradient. Absent: not differentiable, with the reason. */
  readonly vjp: ((pullback: Pullback<A>) => readonly (Tensor | null)[]) | { readonly none: string }
  /**
   * The op applied to each example of a batch at once, results along a new first axis; only autograd's `vmap` calls it. Absent: by
   * the kind of lowering, as all pointwise ops, reductions and aliases go, or by a rule that `vmap` has for the op.
   */
  readonly batch?: (batch: Batch<A>) => Tensor
  /** Arithmetic per output element (pointwise, inline) or in total. */
  readonly flops: (inputs: readonly Spec[], output: Spec, attributes: A) => number
  readonly shows: readonly Example<A>[]
  /** Arguments that hurt: 0, 1, odd, not multiples of tiles, broadcast, transposed, more than 65,535 rows. */
  readonly samples: readonly Sample<A>[]
  readonly except?: Partial<Readonly<Record<Law, string>>>
}
