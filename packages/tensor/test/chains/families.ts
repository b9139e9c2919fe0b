import { isFloating, isInteger, type DType } from "../../src/dtype/dtype.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import * as t from "../../src/ops/index.ts"
import { sizeOf, type Shape } from "../../src/shape/shape.ts"
import type { Draw } from "./draw.ts"
import { viewed, type Leaf } from "./views.ts"

/** Makes one tensor whose kernel belongs to a family, of random views of inputs. */
export type Family = (leaf: Leaf, draw: Draw) => Tensor

const extents = [1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 20]

const shapeOf = (draw: Draw, rank = draw.whole(0, 4)): Shape => {
  const shape = Array.from({ length: rank }, () => draw.one(extents))
  while (sizeOf(shape) > 2_500) shape[shape.indexOf(Math.max(...shape))] = draw.whole(1, 4)
  return draw.chance(0.03) && rank > 0 ? [0, ...shape.slice(1)] : shape
}

const chainLength = (draw: Draw): number => draw.one([0, 1, 1, 2, 2, 3, 4])

const operand = (leaf: Leaf, draw: Draw, shape: Shape, dtype: DType): Tensor =>
  viewed(leaf, shape, dtype, chainLength(draw), draw)

type Unary = (x: Tensor) => Tensor
type Binary = (x: Tensor, y: Tensor) => Tensor

// These jump: they follow views only, whose elements are the same bits everywhere.
const jumping: readonly Unary[] = [
  t.floor,
  t.ceil,
  t.round,
  t.sign,
  (x) => t.cast(t.cast(x, "i32"), x.dtype),
  (x) => t.cast(t.greater(x, 0.25), x.dtype),
  (x) => t.cast(t.logicalNot(t.lessEqual(x, 0.25)), x.dtype),
]

const smooth: readonly Unary[] = [
  t.neg,
  t.abs,
  t.square,
  t.tanh,
  t.logistic,
  t.erf,
  t.relu,
  t.cos,
  t.sin,
  (x) => t.exp(t.neg(t.abs(x))),
  (x) => t.log(t.add(t.square(x), 1)),
  (x) => t.rsqrt(t.add(t.square(x), 1)),
  (x) => t.sqrt(t.add(t.abs(x), 0.5)),
  (x) => t.power(t.add(t.abs(x), 0.5), 1.5),
  (x) => t.clamp(x, -0.75, 1.25),
  (x) => t.sub(1, x),
  (x) => t.mul(x, -0.5),
]

const joining: readonly Binary[] = [
  t.add,
  t.sub,
  t.mul,
  t.maximum,
  t.minimum,
  (x, y) => t.div(x, t.add(t.square(y), 1)),
  (x, y) => t.select(t.greater(y, 0), x, y),
]

const wholeUnary: readonly Unary[] = [(x) => t.add(x, 3), (x) => t.mul(x, 5), (x) => t.maximum(x, 2)]

const wholeBinary: readonly Binary[] = [
  t.add,
  t.sub,
  t.mul,
  t.maximum,
  t.minimum,
  t.div,
  t.remainder,
  t.bitAnd,
  t.bitOr,
  t.bitXor,
  (x, y) => t.select(t.lessEqual(x, y), x, y),
  (x, y) => t.select(t.equal(x, y), y, t.add(x, y)),
  (x, y) => (x.dtype === "u32" ? t.shiftLeft(x, t.bitAnd(y, 7)) : t.sub(y, x)),
  (x, y) => (x.dtype === "u32" ? t.shiftRight(x, t.bitAnd(y, 3)) : t.select(t.notEqual(x, y), x, y)),
]

const truths: readonly Binary[] = [t.logicalAnd, t.logicalOr, (x, y) => t.select(x, y, t.logicalNot(x)), t.equal]

const joined = (x: Tensor, y: Tensor, draw: Draw): Tensor => {
  if (x.dtype === "bool") return draw.one(truths.slice(0, 3))(x, y)
  return draw.one(isInteger(x.dtype) ? wholeBinary : joining)(x, y)
}

/** An op on one operand; `exact`: x is the same bits everywhere, so that it may also jump. */
const changed = (x: Tensor, draw: Draw, exact: boolean): Tensor => {
  if (x.dtype === "bool") return t.logicalNot(x)
  if (isInteger(x.dtype)) return draw.one(wholeUnary)(x)
  return draw.one(exact && draw.chance(0.3) ? jumping : smooth)(x)
}

const someType = (draw: Draw): DType => draw.one(["f32", "f32", "f32", "f16", "i32", "u32", "bool"])

const fused: Family = (leaf, draw) => {
  const [shape, dtype] = [shapeOf(draw), someType(draw)]
  const first = operand(leaf, draw, shape, dtype)
  const second = operand(leaf, draw, shape, dtype)
  const x = draw.chance(0.6) ? changed(first, draw, true) : first
  const y = draw.chance(0.3) ? changed(second, draw, true) : second
  return draw.chance(0.85) ? joined(x, y, draw) : x
}

const moved: Family = (leaf, draw) => viewed(leaf, shapeOf(draw), someType(draw), draw.whole(2, 4), draw)

const halfOrFull = (draw: Draw): DType => (draw.chance(0.2) ? "f16" : "f32")

const prologue = (x: Tensor, leaf: Leaf, draw: Draw): Tensor => {
  const kind = draw.whole(0, 3)
  if (kind === 0) return changed(x, draw, true)
  return kind === 1 ? joined(x, operand(leaf, draw, x.shape, x.dtype), draw) : x
}

const epilogue = (x: Tensor, leaf: Leaf, draw: Draw): Tensor => {
  const kind = draw.whole(0, 3)
  if (kind === 0) return isFloating(x.dtype) ? t.mul(t.tanh(x), 1.5) : x
  return kind === 1 ? joined(x, operand(leaf, draw, x.shape, x.dtype), draw) : x
}

const longShapes: readonly Shape[] = [
  [1, 1300],
  [1300, 1],
  [8, 260],
  [260, 8],
  [3, 515],
  [515, 3],
  [2, 9, 64],
]

const folds = { sum: t.sum, max: t.max, min: t.min }

const folded: Family = (leaf, draw) => {
  const shape = draw.chance(0.3) ? draw.one(longShapes) : shapeOf(draw, draw.whole(1, 4))
  const fold = draw.one(["sum", "sum", "max", "min"] as const)
  const dtype = draw.one(["f32", "f32", "f32", "i32", "u32"] as const)
  const axis = draw.shuffled([...shape.keys()]).slice(0, draw.whole(1, shape.length))
  // Ties of a maximum that is computed twice would not be ties on every adapter.
  const x = fold === "sum" ? prologue(operand(leaf, draw, shape, dtype), leaf, draw) : operand(leaf, draw, shape, dtype)
  const whole = fold === "sum" || sizeOf(shape) > 0 ? x : leaf({ shape: [1, 1], dtype })
  const axes = whole === x ? axis : 0
  return epilogue(folds[fold](whole, { axis: axes, keep: draw.chance(0.5) }), leaf, draw)
}

const rowWise: readonly ((x: Tensor, axis: number) => Tensor)[] = [
  (x, axis) => t.softmax(x, { axis }),
  (x, axis) => t.logSoftmax(x, { axis }),
  (x, axis) => t.layerNorm(x, { axis, eps: 0.1 }),
  (x, axis) => t.sub(t.cast(x, "f32"), t.mean(x, { axis, keep: true })),
  (x, axis) => t.variance(x, { axis, keep: true }),
  (x, axis) => t.logSumExp(x, { axis, keep: true }),
]

const rowShapes: readonly Shape[] = [
  [5, 40],
  [3, 4, 64],
  [40, 12],
  [7, 9],
  [2, 130],
  [9, 256],
  [3, 5, 7],
  [1, 36],
]

const rows: Family = (leaf, draw) => {
  const shape = draw.chance(0.7) ? draw.one(rowShapes) : shapeOf(draw, 3).map((extent) => Math.max(extent, 1))
  const x = prologue(operand(leaf, draw, shape, halfOrFull(draw)), leaf, draw)
  return epilogue(draw.one(rowWise)(x, draw.chance(0.75) ? -1 : 0), leaf, draw)
}

const contracted: Family = (leaf, draw) => {
  const large = draw.chance(0.35)
  const extent = (): number => draw.one(large ? [32, 36, 64, 96, 130] : [1, 3, 4, 5, 8, 17])
  const [m, n, k] = [extent(), extent(), extent()]
  const batch = large ? [] : draw.one([[], [3], [2, 1]])
  const a = operand(leaf, draw, [...batch, m, k], "f32")
  const b = operand(leaf, draw, draw.chance(0.3) ? [k, n] : [...batch, k, n], halfOrFull(draw))
  return epilogue(t.matmul(prologue(a, leaf, draw), t.cast(b, "f32")), leaf, draw)
}

const convolved: Family = (leaf, draw) => {
  const groups = draw.chance(0.2) ? 2 : 1
  const [channels, features] = [draw.one([1, 3, 4, 8, 16]) * groups, draw.one([1, 4, 5, 8, 16]) * groups]
  const [height, width] = [draw.whole(3, 12), draw.one([3, 4, 5, 8, 12, 16])]
  const kernel = draw.one([
    [3, 3],
    [3, 3],
    [1, 1],
    [2, 3],
  ] as const)
  const x = operand(leaf, draw, [draw.whole(1, 2), channels, height, width], "f32")
  const w = leaf({ shape: [features, channels / groups, ...kernel], dtype: halfOrFull(draw) })
  const stride = draw.chance(0.3) ? 2 : 1
  return epilogue(t.conv2d(prologue(x, leaf, draw), w, { stride, padding: draw.whole(0, 1), groups }), leaf, draw)
}

const attended: Family = (leaf, draw) => {
  const [batch, heads] = [draw.whole(1, 2), draw.whole(1, 3)]
  const [tokens, others] = [draw.one([1, 5, 12, 40]), draw.one([1, 4, 9, 40])]
  const [width, depth] = [draw.one([4, 5, 8, 32]), draw.one([4, 8, 6, 32])]
  const causal = tokens === others && draw.chance(0.5)
  const dtype = halfOrFull(draw)
  const q = operand(leaf, draw, [batch, heads, tokens, width], dtype)
  const k = operand(leaf, draw, [batch, heads, others, width], dtype)
  const v = operand(leaf, draw, [batch, heads, others, depth], dtype)
  return epilogue(t.attention(q, k, v, { causal }), leaf, draw)
}

const taken: Family = (leaf, draw) => {
  const [shape, count] = [shapeOf(draw, draw.whole(1, 3)), draw.one([1, 4, 7, 12])]
  const table = [Math.max(1, shape[0]!), ...shape.slice(1)]
  const indices = operand(leaf, draw, [count], draw.one(["i32", "u32"]))
  return epilogue(t.take(prologue(operand(leaf, draw, table, "f32"), leaf, draw), indices), leaf, draw)
}

const scattered: Family = (leaf, draw) => {
  const [count, row] = [draw.one([1, 4, 7, 12]), shapeOf(draw, draw.whole(0, 2))]
  const updates = operand(leaf, draw, [count, ...row], "f32")
  return epilogue(t.scatterAdd(updates, operand(leaf, draw, [count], "i32"), draw.whole(1, 5)), leaf, draw)
}

const decided: Family = (leaf, draw) => {
  const shape = shapeOf(draw, draw.whole(1, 3)).map((extent) => Math.max(extent, 1))
  const axis = draw.whole(0, shape.length - 1)
  const kind = draw.whole(0, 3)
  if (kind < 2) return (kind === 0 ? t.any : t.all)(operand(leaf, draw, shape, "bool"), { axis })
  return (kind === 2 ? t.argmax : t.argmin)(operand(leaf, draw, shape, draw.one(["f32", "i32", "u32"])), { axis })
}

/** Families by name. */
export const families: Readonly<Record<string, Family>> = {
  moved,
  fused,
  folded,
  rows,
  contracted,
  convolved,
  attended,
  taken,
  scattered,
  decided,
}
