import * as fc from "fast-check"
import type { Tensor } from "../../src/graph/tensor.ts"
import * as t from "../../src/ops/index.ts"
import { broadcastShapes, sizeOf, type Shape } from "../../src/shape/shape.ts"

/** A choice of what to do next: `kind` picks the op, the others its operands and attributes. */
export interface Choice {
  readonly kind: number
  readonly first: number
  readonly second: number
  readonly axis: number
}

export const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
  fc.record({ kind: fc.nat(), first: fc.nat(), second: fc.nat(), axis: fc.nat() }),
  { minLength: 4, maxLength: 14 },
)

export const inputShapes: fc.Arbitrary<readonly Shape[]> = fc.array(
  fc.array(fc.constantFrom(1, 2, 3, 5), { minLength: 1, maxLength: 3 }),
  { minLength: 2, maxLength: 3 },
)

const axisOf = (x: Tensor, choice: number): number => choice % x.shape.length

const rotated = (x: Tensor): Tensor =>
  t.permute(
    x,
    [...x.shape.keys()].map((axis) => (axis + 1) % x.shape.length),
  )

// Ends small, so that values neither explode nor vanish over a chain.
const unary: readonly ((x: Tensor, axis: number) => Tensor)[] = [
  (x) => t.tanh(x),
  (x) => t.gelu(x),
  (x) => t.exp(t.neg(t.abs(x))),
  (x) => t.rsqrt(t.add(t.square(x), 1)),
  (x) => t.select(t.greater(x, 0.1), x, t.mul(x, 0.2)),
  (x) => rotated(x),
  (x) => t.reshape(x, [-1, x.shape.at(-1)!]),
  (x) => t.reshape(x, [sizeOf(x.shape)]),
  (x, axis) => t.flip(x, axisOf(x, axis)),
  (x, axis) => t.pad(x, { low: x.shape.map((_, i) => (i === axisOf(x, axis) ? 1 : 0)), value: 0.5 }),
  (x, axis) => t.sliceAxis(x, axisOf(x, axis), 0, Math.max(1, x.shape[axisOf(x, axis)]! - 1)),
  (x, axis) => t.concat([x, t.neg(x)], axisOf(x, axis)),
  (x, axis) => t.mean(x, { axis: axisOf(x, axis), keep: true }),
  (x, axis) => t.max(x, { axis: axisOf(x, axis), keep: true }),
  (x, axis) => t.softmax(x, { axis: axisOf(x, axis) }),
  (x, axis) => t.layerNorm(x, { axis: axisOf(x, axis), eps: 0.1 }),
  (x) => t.take(x, t.iota([3])),
]

const product = (x: Tensor, y: Tensor): Tensor => {
  const [a, b] = [t.reshape(x, [-1, x.shape.at(-1)!]), t.reshape(y, [-1, y.shape.at(-1)!])]
  const inner = a.shape[1]!
  return b.shape[1] === inner ? t.mul(t.matmul(a, t.transpose(b)), 1 / inner) : x
}

const joined = (x: Tensor, y: Tensor, combine: (x: Tensor, y: Tensor) => Tensor): Tensor =>
  broadcastShapes(x.shape, y.shape) === null ? x : combine(x, y)

const binary: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => joined(x, y, t.add),
  (x, y) => joined(x, y, (a, b) => t.mul(t.tanh(a), b)),
  (x, y) => joined(x, y, t.maximum),
  (x, y) => joined(x, y, (a, b) => t.div(a, t.add(t.abs(b), 1))),
  product,
]

const kinds = unary.length + binary.length

const next = (held: readonly Tensor[], { kind, first, second, axis }: Choice): Tensor => {
  const x = held[held.length - 1 - (first % Math.min(3, held.length))]!
  const chosen = kind % kinds
  const result =
    chosen < unary.length ? unary[chosen]!(x, axis) : binary[chosen - unary.length]!(x, held[second % held.length]!)
  // Repeated concatenation doubles: stop growing where kernels would take long.
  return sizeOf(result.shape) > 4_000 ? x : result
}

/** Follows the choices from the inputs; the last few nodes are results, so that some are both results and read on. */
export const graphOf = (inputs: readonly Tensor[], made: readonly Choice[]): readonly Tensor[] => {
  const held = [...inputs]
  for (const choice of made) held.push(next(held, choice))
  return held.slice(-3)
}
