import type { Tensor } from "../../../src/graph/tensor.ts"
import * as t from "../../../src/ops/index.ts"
import { gradients } from "../../ops/reverse.ts"
import { numbers, of, type NumberCase } from "../numberCase.ts"
import { count } from "./arrays.ts"

const downTo = (from: number, to: number): readonly number[] =>
  Array.from({ length: from - to + 1 }, (_, i) => from - i)

const part = (x: Tensor, first: number, end: number): Tensor => t.slice(x, { starts: [first], ends: [end] })

/** Flips of multiples of four, among other views. */
export const reversals: readonly NumberCase[] = [
  of("flip of sixteen", count(16), (x) => t.flip(x, 0), downTo(15, 0)),
  of("flip of a slice from the middle", count(11), (x) => t.flip(part(x, 1, 9), 0), downTo(8, 1)),
  of("a slice from the middle of a flip", count(12), (x) => part(t.flip(x, 0), 2, 10), downTo(9, 2)),
  of(
    "every second of a flip",
    count(16),
    (x) => t.slice(t.flip(x, 0), { starts: [0], ends: [16], steps: [2] }),
    [15, 13, 11, 9, 7, 5, 3, 1],
  ),
  of(
    "flip of every third",
    count(24),
    (x) => t.flip(t.slice(x, { starts: [1], ends: [24], steps: [3] }), 0),
    [22, 19, 16, 13, 10, 7, 4, 1],
  ),
  of("a flip of a flip", count(8), (x) => t.flip(t.flip(x, 0), 0), [0, 1, 2, 3, 4, 5, 6, 7]),
  of("flip of what is padded", count(7), (x) => t.flip(t.pad(x, { low: [1] }), 0), [6, 5, 4, 3, 2, 1, 0, 0]),
  of(
    "padding of a flip",
    count(6),
    (x) => t.pad(t.flip(x, 0), { low: [1], high: [1], value: 9 }),
    [9, 5, 4, 3, 2, 1, 0, 9],
  ),
  of(
    "flip of two parts joined",
    count(8),
    (x) => t.flip(t.concat([part(x, 4, 8), part(x, 0, 4)], 0), 0),
    [3, 2, 1, 0, 7, 6, 5, 4],
  ),
  of("flip of columns", count(8, undefined, [2, 4]), (x) => t.flip(x, 1), [3, 2, 1, 0, 7, 6, 5, 4]),
  of(
    "flip of both axes, transposed",
    count(8, undefined, [2, 4]),
    (x) => t.transpose(t.flip(t.flip(x, 0), 1)),
    [7, 3, 6, 2, 5, 1, 4, 0],
  ),
  of(
    "flip of a transposed square",
    count(16, undefined, [4, 4]),
    (x) => t.flip(t.transpose(x), 0),
    [3, 7, 11, 15, 2, 6, 10, 14, 1, 5, 9, 13, 0, 4, 8, 12],
  ),
  of(
    "flip of what is repeated",
    count(4, undefined, [4, 1]),
    (x) => t.flip(t.expand(x, [4, 4]), 0),
    [3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0],
  ),
  ...(["f16", "i32", "u32"] as const).map((dtype) =>
    of(`flip of eight ${dtype}`, numbers([0, 1, 2, 3, 4, 5, 6, 7], dtype), (x) => t.flip(x, 0), downTo(7, 0)),
  ),
  of("flip of eight bool", numbers([1, 0, 0, 0, 1, 1, 0, 0], "bool"), (x) => t.flip(x, 0), [0, 0, 1, 1, 0, 0, 0, 1]),
  of("a weighted sum of a flip", count(8), (x) => t.sum(t.mul(t.flip(x, 0), x)), [56]),
  of(
    "a product with a flip",
    count(16, undefined, [4, 4]),
    (x) => t.matmul(t.flip(x, 0), t.flip(x, 1)),
    [506, 452, 398, 344, 362, 324, 286, 248, 218, 196, 174, 152, 74, 68, 62, 56],
  ),
  of(
    "rows taken from a flip",
    count(8, undefined, [8, 1]),
    (x) => t.reshape(t.take(t.flip(x, 0), t.constant([0, 7, 3], [3], "i32")), [3]),
    [7, 0, 4],
  ),
  of(
    "the gradient of a slice of a padded flip",
    count(8),
    (x) => {
      const y = part(t.pad(t.flip(x, 0), { low: [2], high: [2] }), 1, 9)
      return gradients(t.sum(t.mul(y, t.iota([8], 0, "f32"))), [x])[0]!
    },
    [0, 7, 6, 5, 4, 3, 2, 1],
  ),
]
