import { wgsl } from "../codegen/expression.ts"
import * as E from "fp-ts/lib/Either.js"
import { constantIndex } from "../codegen/indexing.ts"
import { applyOp, type Tensor } from "../graph.ts"
import { threefry2x32, threefryFunction } from "../key/threefry.ts"
import type { Op } from "../op.ts"
import { sameShape } from "../shape.ts"

export interface ThreefryAttributes extends Readonly<Record<string, unknown>> {
  /** Second counter word. */
  readonly stream: number
  /** Which of the two resulting words. */
  readonly word: 0 | 1
}

export const threefryOp: Op<ThreefryAttributes> = {
  name: "threefry",
  doc: "threefry(key, c)[i] = word of Threefry-2x32(key, (c[i], stream)).  key: u32[2], c: u32[...s] → u32[...s]",
  gives: ([key, counter]) =>
    sameShape(key!.shape, [2]) && key!.dtype === "u32" && counter!.dtype === "u32"
      ? E.right({ shape: counter!.shape, dtype: "u32" })
      : E.left({
          _tag: "ShapeMismatch",
          op: "threefry",
          operands: [
            { name: "key", ...key! },
            { name: "counter", ...counter! },
          ],
          rule: "the key must be u32[2] and the counter u32",
          remedy: "key(seed) makes a key; splitKey and foldIn make more of it",
        }),
  cpu: ([key, counter], output, { stream, word }) => {
    const words = [key!.data[0]!, key!.data[1]!] as const
    for (let i = 0; i < output.data.length; i++) output.data[i] = threefry2x32(words, [counter!.data[i]!, stream])[word]
  },
  lowering: {
    kind: "inline",
    emit: (emit, index, { stream, word }) => {
      const [first, second] = [0, 1].map((i) => emit.read(0, [constantIndex(i)]))
      return wgsl`threefry(vec2u(${first!}, ${second!}), vec2u(${emit.read(1, index)}, ${stream}u)).${word === 0 ? "x" : "y"}`
    },
    functions: [threefryFunction],
  },
  vjp: { none: "bits have no derivative" },
  flops: () => 100,
  shows: [
    {
      inputs: [
        { shape: [2], values: [0, 0], dtype: "u32" },
        { shape: [1], values: [0], dtype: "u32" },
      ],
      attributes: { stream: 0, word: 0 },
      output: { shape: [1], values: [0x6b200159], dtype: "u32" },
    },
    {
      inputs: [
        { shape: [2], values: [0x13198a2e, 0x03707344], dtype: "u32" },
        { shape: [1], values: [0x243f6a88], dtype: "u32" },
      ],
      attributes: { stream: 0x85a308d3, word: 1 },
      output: { shape: [1], values: [0x483df7a0], dtype: "u32" },
    },
  ],
  samples: [[0], [], [3, 5], [65_537]].map((shape, i) => ({
    inputs: [
      { shape: [2], dtype: "u32", low: 0, high: 4294967295 },
      { shape, dtype: "u32", low: 0, high: 4294967295 },
    ],
    attributes: { stream: i, word: i % 2 === 0 ? 0 : 1 },
  })),
}

/** The random word of each counter. */
export const threefry = (key: Tensor, counter: Tensor, stream: number, word: 0 | 1): Tensor =>
  applyOp(threefryOp, [key, counter], { stream, word })
