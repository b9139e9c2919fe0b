import { describe, expect, test } from "vitest"
import {
  add,
  attention,
  fill,
  input,
  interpret,
  sizeOf,
  type AttentionOptions,
  type HostArray,
  type Shape,
  type Tensor,
} from "../src/index.ts"
import { reachable } from "../src/graph/reachable.ts"
import { hostKey } from "../src/key/hostKey.ts"
import { weighed } from "./ops/directional.ts"
import { gradients } from "./ops/reverse.ts"
import { randomArray } from "./ops/samples.ts"

type Heads = readonly [q: Tensor, k: Tensor, v: Tensor]

const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })

const leaves = (shapes: readonly Shape[]): Heads =>
  shapes.map((shape, i) => input(f32(shape), "qkv"[i]!)) as unknown as Heads

const values = (shapes: readonly Shape[]): readonly (readonly [string, HostArray])[] =>
  shapes.map((shape, i) => ["qkv"[i]!, randomArray(f32(shape), hostKey(i + 1))])

// A mask that hides nothing asks for the whole matrix of scores.
const composed = (q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor =>
  attention(q, k, v, { ...options, mask: fill([], 1, "bool") })

/** Result, gradients and gradients of gradients of one way to attend. */
const everything = (attend: (q: Tensor, k: Tensor, v: Tensor) => Tensor, shapes: readonly Shape[]) => {
  const heads = leaves(shapes)
  const y = attend(...heads)
  const first = weighed(y, 1)
  const slopes = gradients(first.scalar, heads)
  const parts = slopes.map((slope, i) => weighed(slope, 10 + i))
  const second = gradients(
    parts.map(({ scalar }) => scalar).reduce((a, b) => add(a, b)),
    heads,
  )
  const given = new Map([...values(shapes), first.given, ...parts.map((part) => part.given)])
  return interpret({ y, slopes, second }, given, { precision: "f64" })
}

const furthest = (a: HostArray, b: HostArray): number => {
  expect(a.shape).toEqual(b.shape)
  const scale = Array.from(b.data).reduce((most, x) => Math.max(most, Math.abs(x)), 1e-3)
  return Array.from(b.data).reduce((most, x, i) => Math.max(most, Math.abs(a.data[i]! - x)), 0) / scale
}

const cases: readonly (readonly [name: string, shapes: readonly Shape[], options: AttentionOptions])[] = [
  [
    "tokens to themselves",
    [
      [2, 3, 7, 4],
      [2, 3, 7, 4],
      [2, 3, 7, 4],
    ],
    {},
  ],
  [
    "tokens to others, values of another width",
    [
      [1, 2, 5, 4],
      [1, 2, 9, 4],
      [1, 2, 9, 3],
    ],
    {},
  ],
  [
    "tokens to those before them",
    [
      [1, 2, 6, 4],
      [1, 2, 6, 4],
      [1, 2, 6, 4],
    ],
    { causal: true },
  ],
  [
    "fewer tokens than keys, each to those before it",
    [
      [1, 1, 3, 2],
      [1, 1, 5, 2],
      [1, 1, 5, 2],
    ],
    { causal: true },
  ],
  [
    "scores of another scale",
    [
      [1, 1, 4, 2],
      [1, 1, 4, 2],
      [1, 1, 4, 2],
    ],
    { scale: -0.7 },
  ],
  [
    "one head without batch axes",
    [
      [4, 3],
      [5, 3],
      [5, 2],
    ],
    {},
  ],
  [
    "one batch axis",
    [
      [2, 4, 3],
      [2, 5, 3],
      [2, 5, 2],
    ],
    {},
  ],
  [
    "three batch axes",
    [
      [2, 1, 3, 4, 2],
      [2, 1, 3, 5, 2],
      [2, 1, 3, 5, 2],
    ],
    {},
  ],
  [
    "keys shared by a batch",
    [
      [2, 3, 4, 2],
      [3, 5, 2],
      [1, 3, 5, 2],
    ],
    {},
  ],
]

describe("streamed attention is softmax of all scores, with its gradients and theirs", () => {
  test.each(cases)("%s", (_name, shapes, options) => {
    const got = everything((q, k, v) => attention(q, k, v, options), shapes)
    const want = everything((q, k, v) => composed(q, k, v, options), shapes)
    expect(furthest(got.y, want.y)).toBeLessThan(1e-12)
    want.slopes.forEach((slope, i) => expect(furthest(got.slopes[i]!, slope)).toBeLessThan(1e-12))
    want.second.forEach((slope, i) => expect(furthest(got.second[i]!, slope)).toBeLessThan(1e-11))
  })
})

test("neither attention nor its gradient describes a tensor of queries by keys", () => {
  const shape = [2, 2, 64, 4]
  const heads = leaves([shape, shape, shape])
  const { scalar } = weighed(attention(...heads, { causal: true }), 1)
  const largest = Math.max(...reachable(gradients(scalar, heads)).map((node) => sizeOf(node.shape)))
  expect(largest).toBeLessThan(2 * 2 * 64 * 64)
})

test("scores far beyond the range of exp give probabilities all the same", () => {
  const one = (numbers: readonly number[], shape: Shape): HostArray => ({
    ...f32(shape),
    data: Float32Array.from(numbers),
  })
  const [q, k, v] = leaves([
    [1, 1],
    [2, 1],
    [2, 1],
  ])
  const given = new Map([
    ["q", one([1000], [1, 1])],
    ["k", one([999, -999], [2, 1])],
    ["v", one([3, 5], [2, 1])],
  ])
  expect(Array.from(interpret(attention(q, k, v), given).data)).toEqual([3])
})

test("keys and values that need no gradient cost no pass of their own", () => {
  const [q, k, v] = leaves([
    [1, 1, 4, 2],
    [1, 1, 5, 2],
    [1, 1, 5, 2],
  ])
  const y = attention(q, k, v)
  const packed = reachable([y]).find(({ op }) => op.name === "attention")!
  const rule = packed.op.vjp as unknown as (pullback: object) => readonly (Tensor | null)[]
  const { inputs, attributes } = packed
  const parts = rule({ inputs, attributes, output: packed, cotangent: packed, needed: [true, false, false] })
  expect(parts.map((part) => part?.shape ?? null)).toEqual([[1, 1, 4, 2], null, null])
})
