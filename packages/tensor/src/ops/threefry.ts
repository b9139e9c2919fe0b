import { wgsl } from "../codegen/expression.ts"
import * as E from "fp-ts/lib/Either.js"
import { constantIndex } from "../codegen/indexing.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { threefry2x32, threefryFunction } from "../key/threefry.ts"
import type { Op } from "../op/op.ts"
import { sameShape, sizeOf } from "../shape/shape.ts"

export interface ThreefryAttributes extends Readonly<Record<string, unknown>> {
  /** Second counter word. */
  readonly stream: number
  /** Which of the two resulting words. */
  readonly word: 0 | 1
}

export const threefryOp: Op<ThreefryAttributes> = {
  name: "threefry",
  doc: "threefry(key, c)[i] = word of Threefry-2x32(key, (c[i], stream)).  key: u32[2], or u32[...k, 2] with a key for each place of c's first axes, c: u32[...k, ...s] → u32[...k, ...s]",
  gives: ([key, counter]) =>
    sameShape(key!.shape, [...counter!.shape.slice(0, key!.shape.length - 1), 2]) &&
    key!.dtype === "u32" &&
    counter!.dtype === "u32"
      ? E.right({ shape: counter!.shape, dtype: "u32" })
      : E.left({
          _tag: "ShapeMismatch",
          op: "threefry",
          operands: [
            { name: "key", ...key!, axes: ["words"] },
            { name: "counter", ...counter! },
          ],
          rule: "the key must be u32[2], or have one for each place of the counter's first axes, and the counter u32",
          remedy: "key(seed) makes a key; splitKey and foldIn make more of it",
        }),
  cpu: ([key, counter], output, { stream, word }) => {
    const each = output.data.length / Math.max(1, sizeOf(key!.shape) / 2)
    for (let i = 0; i < output.data.length; i++) {
      const at = 2 * Math.floor(i / each)
      const words = [key!.data[at]!, key!.data[at + 1]!] as const
      output.data[i] = threefry2x32(words, [counter!.data[i]!, stream])[word]
    }
  },
  lowering: {
    kind: "inline",
    emit: (emit, index, { stream, word }, [key]) => {
      const place = index.slice(0, key!.shape.length - 1)
      const [first, second] = [0, 1].map((i) => emit.read(0, [...place, constantIndex(i)]))
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
  samples: (
    [
      [[2], [0]],
      [[2], []],
      [[2], [3, 5]],
      [[2], [65_537]],
      [
        [3, 2],
        [3, 5],
      ],
      [
        [2, 3, 2],
        [2, 3],
      ],
    ] as const
  ).map(([key, shape], i) => ({
    inputs: [
      { shape: key, dtype: "u32", low: 0, high: 4294967295 },
      { shape, dtype: "u32", low: 0, high: 4294967295 },
    ],
    attributes: { stream: i, word: i % 2 === 0 ? 0 : 1 },
  })),
}

/** The random word of each counter. */
export const threefry = (key: Tensor, counter: Tensor, stream: number, word: 0 | 1): Tensor =>
  applyOp(threefryOp, [key, counter], { stream, word })
