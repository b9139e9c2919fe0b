import type { DType } from "../dtype/dtype.ts"
import type { Tensor } from "../graph/tensor.ts"
import * as plain from "../ops/index.ts"
import { rearrange as plainRearrange } from "../ops/rearrange.ts"
import type { ReduceOptions } from "../op/reduction.ts"
import type { Shape } from "../shape/shape.ts"
import type { Broadcast, BroadcastProblem } from "./broadcast.ts"
import type { Permuted, Transposed, Written } from "./layout.ts"
import type { Product, ProductProblem } from "./matmul.ts"
import type { PatternProblem, Rearranged } from "./rearranged.ts"
import type { Reduced } from "./reduce.ts"
import type { Because, Shaped, Unless } from "./shape.ts"

type Operand = Tensor | number

/** A number broadcasts to anything. */
type ShapeOf<X extends Operand> = X extends Tensor ? X["shape"] : readonly []

type Unary = <S extends Shape>(x: Shaped<S>) => Shaped<S>

type Binary<Op extends string> = <X extends Operand, Y extends Operand>(
  x: X,
  y: Y & Unless<BroadcastProblem<Op, ShapeOf<X>, ShapeOf<Y>>>,
) => Shaped<Broadcast<ShapeOf<X>, ShapeOf<Y>>>

type Reduction = <S extends Shape, const Options extends ReduceOptions = Readonly<Record<never, never>>>(
  x: Shaped<S>,
  options?: Options,
) => Shaped<Reduced<S, Options>>

// One idea for all of them: the op itself, under a type that says more.
const unary = (op: (x: Tensor) => Tensor): Unary => op as Unary
const binary = <Op extends string>(op: (x: never, y: never) => Tensor): Binary<Op> => op as unknown as Binary<Op>
const reduction = (op: (x: Tensor, options?: ReduceOptions) => Tensor): Reduction => op as unknown as Reduction

export const abs: Unary = unary(plain.abs)
export const cos: Unary = unary(plain.cos)
export const erf: Unary = unary(plain.erf)
export const exp: Unary = unary(plain.exp)
export const gelu: Unary = unary(plain.gelu)
export const log: Unary = unary(plain.log)
export const logistic: Unary = unary(plain.logistic)
export const neg: Unary = unary(plain.neg)
export const reciprocal: Unary = unary(plain.reciprocal)
export const relu: Unary = unary(plain.relu)
export const rsqrt: Unary = unary(plain.rsqrt)
export const sign: Unary = unary(plain.sign)
export const silu: Unary = unary(plain.silu)
export const sin: Unary = unary(plain.sin)
export const sqrt: Unary = unary(plain.sqrt)
export const square: Unary = unary(plain.square)
export const stopGradient: Unary = unary(plain.stopGradient)
export const tanh: Unary = unary(plain.tanh)

export const add: Binary<"add"> = binary(plain.add)
export const sub: Binary<"sub"> = binary(plain.sub)
export const mul: Binary<"mul"> = binary(plain.mul)
export const div: Binary<"div"> = binary(plain.div)
export const maximum: Binary<"maximum"> = binary(plain.maximum)
export const minimum: Binary<"minimum"> = binary(plain.minimum)
export const power: Binary<"power"> = binary(plain.power)
export const equal: Binary<"equal"> = binary(plain.equal)
export const less: Binary<"less"> = binary(plain.less)
export const greater: Binary<"greater"> = binary(plain.greater)

export const sum: Reduction = reduction(plain.sum)
export const mean: Reduction = reduction(plain.mean)
export const max: Reduction = reduction(plain.max)
export const min: Reduction = reduction(plain.min)
export const variance: Reduction = reduction(plain.variance)

/** As `softmax`; the shape stays. */
export const softmax = <S extends Shape>(x: Shaped<S>, options?: plain.SoftmaxOptions): Shaped<S> =>
  plain.softmax(x, options) as Shaped<S>

/** As `layerNorm`; the shape stays. */
export const layerNorm = <S extends Shape>(x: Shaped<S>, options?: plain.LayerNormOptions): Shaped<S> =>
  plain.layerNorm(x, options) as Shaped<S>

/** As `cast`; the shape stays. */
export const cast = <S extends Shape>(x: Shaped<S>, dtype: DType): Shaped<S> => plain.cast(x, dtype) as Shaped<S>

/** As `matmul`: [..., rows, inner] · [..., inner, columns] → [..., rows, columns]; the compiler compares both inner extents. */
export const matmul = <A extends Tensor, B extends Tensor>(
  a: A,
  b: B & Unless<ProductProblem<A["shape"], B["shape"]>>,
): Shaped<Product<A["shape"], B["shape"]>> => plain.matmul(a, b) as Shaped<Product<A["shape"], B["shape"]>>

/** As `transpose` of the last two axes. */
export const transpose = <S extends Shape>(x: Shaped<S>): Shaped<Transposed<S>> =>
  plain.transpose(x) as Shaped<Transposed<S>>

/** As `permute`. */
export const permute = <S extends Shape, const Order extends readonly number[]>(
  x: Shaped<S>,
  order: Order,
): Shaped<Permuted<S, Order>> => plain.permute(x, order) as Shaped<Permuted<S, Order>>

/** As `reshape`; that both shapes hold as many elements is checked when the program is described. */
export const reshape = <const S extends Shape>(x: Tensor, shape: S): Shaped<Written<S>> =>
  plain.reshape(x, shape) as Shaped<Written<S>>

/** As `expand`. */
export const expand = <const S extends Shape>(x: Tensor, shape: S): Shaped<S> => plain.expand(x, shape) as Shaped<S>

/** As `rearrange`: the compiler counts axes, and knows every extent that is not a product of others. */
export const rearrange = <
  X extends Tensor,
  const Pattern extends string,
  const Sizes extends Readonly<Record<string, number>> = Readonly<Record<never, never>>,
>(
  x: X,
  pattern: Pattern & Unless<Because<PatternProblem<Pattern, X["shape"]>>>,
  sizes?: Sizes,
): Shaped<Rearranged<Pattern, X["shape"], Sizes>> =>
  plainRearrange(x, pattern, sizes) as Shaped<Rearranged<Pattern, X["shape"], Sizes>>

/** As `zeros`. */
export const zeros = <const S extends Shape>(shape: S, dtype?: DType): Shaped<S> =>
  plain.zeros(shape, dtype) as Shaped<S>

/** As `ones`. */
export const ones = <const S extends Shape>(shape: S, dtype?: DType): Shaped<S> => plain.ones(shape, dtype) as Shaped<S>

/** As `fill`. */
export const fill = <const S extends Shape>(shape: S, value: number, dtype?: DType): Shaped<S> =>
  plain.fill(shape, value, dtype) as Shaped<S>
