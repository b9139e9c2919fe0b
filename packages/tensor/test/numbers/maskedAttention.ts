import type { Tensor } from "../../src/graph/tensor.ts"
import * as t from "../../src/ops/index.ts"
import { gradients } from "../ops/reverse.ts"
import { numbers, type NumberCase } from "./numberCase.ts"

const inf = Infinity

const waves = (rows: number, width: number, phase: number) =>
  numbers(
    Array.from({ length: rows * width }, (_, i) => Math.sin(i * 1.7 + phase)),
    "f32",
    [rows, width],
  )

const [queries, keys, width] = [3, 4, 2]
const [q, k, v] = [waves(queries, width, 0), waves(keys, width, 1), waves(keys, width, 2)]

const row = (x: typeof q, i: number): readonly number[] => Array.from(x.data).slice(i * width, (i + 1) * width)

/** Σ softmax(q·k)·v of one query over the keys it sees, in plain numbers. */
const attended = (query: number, sees: readonly number[]): readonly number[] => {
  const score = (j: number): number =>
    row(q, query).reduce((sum, x, c) => sum + x * row(k, j)[c]!, 0) / Math.sqrt(width)
  const total = sees.reduce((sum, j) => sum + Math.exp(score(j)), 0)
  return [0, 1].map((c) => sees.reduce((sum, j) => sum + (Math.exp(score(j)) / total) * row(v, j)[c]!, 0))
}

const want = [...attended(0, [0, 2]), 0, 0, ...attended(2, [1, 2, 3])]

const boolMask = t.constant([1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1], [queries, keys], "bool")
const addedMask = t.constant([0, -inf, 0, -inf, -inf, -inf, -inf, -inf, -inf, 0, 0, 0], [queries, keys])

const attending = (name: string, build: NumberCase["build"], gives: readonly number[]): NumberCase => ({
  name,
  given: [q, k, v],
  build,
  gives,
  within: 2e-6,
})

const slopes =
  (options: t.AttentionOptions, which: number) =>
  (...inputs: readonly Tensor[]) => {
    const scalar = t.sum(t.square(t.attention(inputs[0]!, inputs[1]!, inputs[2]!, options)))
    const [slope] = gradients(scalar, [inputs[which]!])
    return t.cast(t.isFinite(slope!), "f32")
  }

const unseen = (name: string, at: number, value: number) => ({
  name,
  given: [
    numbers([value, value, 1, 1], "f32", [2, 2]),
    numbers([1, 1, 2, 2], "f32", [2, 2]),
    numbers([3, 4, 5, 6], "f32", [2, 2]),
  ],
  build: (x: Tensor | undefined, y: Tensor | undefined, z: Tensor | undefined) =>
    t.sliceAxis(t.attention(x!, y!, z!, { scale: 1 }), 0, at, at + 1),
})

/** Attention where a query sees no key. */
export const maskedAttention: readonly NumberCase[] = [
  attending(
    "attention whose boolean mask hides all keys from a query",
    (a, b, c) => t.attention(a!, b!, c!, { mask: boolMask }),
    want,
  ),
  attending(
    "attention whose mask of -∞ hides all keys from a query",
    (a, b, c) => t.attention(a!, b!, c!, { mask: addedMask }),
    want,
  ),
  ...[0, 1, 2].map((which) =>
    attending(
      `the gradient in ${"qkv"[which]!} of attention with a query that sees no key is finite`,
      slopes({ mask: boolMask }, which),
      new Array<number>([queries, keys, keys][which]! * width).fill(1),
    ),
  ),
  attending(
    "the gradient of a query that sees no key is 0",
    (a, b, c) => t.sliceAxis(gradients(t.sum(t.attention(a!, b!, c!, { mask: boolMask })), [a!])[0]!, 0, 1, 2),
    [0, 0],
  ),
  attending(
    "attention of keys that are hidden from all",
    (a, b, c) => t.attention(a!, b!, c!, { mask: t.zeros([queries, keys], "bool") }),
    new Array<number>(queries * width).fill(0),
  ),
  { ...unseen("streamed attention whose scores are all -∞", 0, -inf), gives: [0, 0] },
  {
    ...unseen("streamed attention beside scores that are all -∞", 1, -inf),
    gives: [4.761594155955765, 5.761594155955765],
    within: 1e-6,
  },
  { ...unseen("streamed attention of NaN", 0, NaN), gives: [NaN, NaN] },
]
