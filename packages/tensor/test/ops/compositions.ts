import type { Tensor } from "../../src/graph/tensor.ts"
import type { HostArray } from "../../src/host/array.ts"
import * as t from "../../src/ops/index.ts"
import { erfReference } from "../../src/elementary/erfReference.ts"
import { average, f32, flipped, normalised, range, rowsOf, softmaxRow, total, type Composition } from "./composition.ts"
import { bordersAndPlaces } from "./bordersAndPlaces.ts"
import { orderAndWindows } from "./orderAndWindows.ts"

const product = (
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
): readonly (readonly number[])[] => a.map((row) => b[0]!.map((_, j) => total(row.map((x, k) => x * b[k]![j]!))))

const geluOf = (x: number): number => (x / 2) * (1 + erfReference(x / Math.SQRT2))
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

const attentionOf = (
  q: readonly number[],
  k: readonly number[],
  v: readonly number[],
  keeps: (i: number, j: number) => boolean,
): readonly number[] => {
  const [rows, columns] = [rowsOf(q, 3), rowsOf(k, 3)]
  const scores = product(rows, flipped(columns)).map((row, i) =>
    row.map((x, j) => (keeps(i, j) ? x / Math.sqrt(3) : -Infinity)),
  )
  return product(scores.map(softmaxRow), rowsOf(v, 2)).flat()
}

/** Half-pixel centres with clamped edges, one output at a time. */
const bilinear = (x: readonly number[], [h, w]: readonly [number, number], [oh, ow]: readonly [number, number]) => {
  const at = (i: number, j: number): number => x[Math.min(Math.max(i, 0), h - 1) * w + Math.min(Math.max(j, 0), w - 1)]!
  return range(oh * ow).map((o) => {
    const y = Math.max(0, ((Math.floor(o / ow) + 0.5) * h) / oh - 0.5)
    const z = Math.max(0, (((o % ow) + 0.5) * w) / ow - 0.5)
    const [i, j] = [Math.floor(y), Math.floor(z)]
    const top = at(i, j) * (1 - (z - j)) + at(i, j + 1) * (z - j)
    const bottom = at(i + 1, j) * (1 - (z - j)) + at(i + 1, j + 1) * (z - j)
    return top * (1 - (y - i)) + bottom * (y - i)
  })
}

const elementwise = (
  name: string,
  build: (x: Tensor) => Tensor,
  reference: (x: number) => number,
  input: ReturnType<typeof f32> = f32([3, 7], -5, 5),
): Composition => ({ name, inputs: [input], build: (x) => build(x!), reference: (x) => x!.map(reference) })

const integers = "its result is made of integers"

export const compositions: readonly Composition[] = [
  elementwise("square", t.square, (x) => x * x),
  elementwise("reciprocal", t.reciprocal, (x) => 1 / x, f32([3, 7], 0.5, 3)),
  elementwise("clamp", t.clamp(-1, 1.5), (x) => Math.min(Math.max(x, -1), 1.5)),
  elementwise("relu", t.relu, (x) => Math.max(x, 0)),
  elementwise("silu", t.silu, (x) => x * sigmoid(x)),
  elementwise("gelu", t.gelu, geluOf),
  elementwise(
    "geluTanh",
    t.geluTanh,
    (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ),
  elementwise("softplus", t.softplus, (x) => Math.log1p(Math.exp(x))),
  elementwise(
    "leakyRelu",
    (x) => t.leakyRelu(x, 0.2),
    (x) => (x > 0 ? x : 0.2 * x),
  ),
  elementwise(
    "elu",
    (x) => t.elu(x, 1.5),
    (x) => (x > 0 ? x : 1.5 * Math.expm1(x)),
  ),
  ...[
    ["tril", t.tril, (i: number, j: number) => j <= i + 1] as const,
    ["triu", t.triu, (i: number, j: number) => j >= i + 1] as const,
  ].map(([name, op, keeps]): Composition => ({
    name,
    inputs: [f32([2, 3, 4])],
    build: (x) => op(x!, 1),
    reference: (x) => x!.map((value, i) => (keeps(Math.floor(i / 4) % 3, i % 4) ? value : 0)),
  })),
  {
    name: "huber",
    inputs: [f32([3, 5]), f32([3, 5])],
    build: (x, y) => t.huber(x!, y!, 0.7),
    reference: (x, y) => [
      average(x!.map((a, i) => Math.abs(a - y![i]!)).map((d) => (d <= 0.7 ? (d * d) / 2 : 0.7 * (d - 0.35)))),
    ],
  },
  {
    name: "rmsNorm",
    inputs: [f32([3, 6]), f32([6])],
    build: (x, gain) => t.rmsNorm(x!, { gain: gain! }),
    reference: (x, gain) =>
      rowsOf(x!, 6).flatMap((row) => {
        const scale = 1 / Math.sqrt(average(row.map((a) => a * a)) + 1e-6)
        return row.map((a, i) => a * scale * gain![i]!)
      }),
  },
  {
    name: "dot",
    inputs: [f32([7]), f32([7])],
    build: (x, y) => t.dot(x!, y!),
    reference: (x, y) => [total(x!.map((a, i) => a * y![i]!))],
  },
  {
    name: "outer",
    inputs: [f32([3]), f32([4])],
    build: (x, y) => t.outer(x!, y!),
    reference: (x, y) => x!.flatMap((a) => y!.map((b) => a * b)),
  },
  {
    name: "repeat",
    inputs: [f32([2, 3])],
    build: (x) => t.repeat(x!, 2),
    reference: (x) => x!.flatMap((a) => [a, a]),
  },
  {
    name: "tile",
    inputs: [f32([2, 3])],
    build: (x) => t.tile(x!, 2),
    reference: (x) => rowsOf(x!, 3).flatMap((row) => [...row, ...row]),
  },
  {
    name: "roll",
    inputs: [f32([2, 5])],
    build: (x) => t.roll(x!, 2),
    reference: (x) => rowsOf(x!, 5).flatMap((row) => [...row.slice(-2), ...row.slice(0, -2)]),
  },
  {
    name: "cumsum",
    inputs: [f32([2, 11])],
    build: (x) => t.cumsum(x!),
    reference: (x) => rowsOf(x!, 11).flatMap((row) => row.map((_, i) => total(row.slice(0, i + 1)))),
  },
  elementwise("quickGelu", t.quickGelu, (x) => x * sigmoid(1.702 * x)),
  {
    name: "geglu",
    inputs: [f32([3, 10])],
    build: (x) => t.geglu(x!),
    reference: (x) => rowsOf(x!, 10).flatMap((row) => range(5).map((i) => row[i]! * geluOf(row[i + 5]!))),
  },
  {
    name: "mean",
    inputs: [f32([3, 5])],
    build: (x) => t.mean(x!, { axis: 1 }),
    reference: (x) => rowsOf(x!, 5).map(average),
  },
  {
    name: "variance",
    // A mean a thousand times the deviation: E[x²] - E[x]² would have no correct digit left.
    inputs: [f32([3, 64], 1000, 1001)],
    build: (x) => t.variance(x!, { axis: -1 }),
    reference: (x) => rowsOf(x!, 64).map((row) => average(row.map((y) => (y - average(row)) ** 2))),
    tolerance: 5e-5,
  },
  {
    name: "argmax",
    inputs: [f32([4, 9])],
    build: (x) => t.argmax(x!),
    reference: (x) => rowsOf(x!, 9).map((row) => row.indexOf(Math.max(...row))),
    noGradient: integers,
  },
  {
    name: "any",
    inputs: [f32([5, 3], -1, 0.6)],
    build: (x) => t.any(t.greater(x!, 0), { axis: 1 }),
    reference: (x) => rowsOf(x!, 3).map((row) => (row.some((y) => y > 0) ? 1 : 0)),
    noGradient: integers,
  },
  {
    name: "all",
    inputs: [f32([5, 3], -0.6, 1)],
    build: (x) => t.all(t.greater(x!, 0), { axis: 1 }),
    reference: (x) => rowsOf(x!, 3).map((row) => (row.every((y) => y > 0) ? 1 : 0)),
    noGradient: integers,
  },
  {
    name: "logSumExp",
    inputs: [f32([3, 6], -5, 5)],
    build: (x) => t.logSumExp(x!, { axis: 1 }),
    reference: (x) => rowsOf(x!, 6).map((row) => Math.log(total(row.map((y) => Math.exp(y))))),
  },
  {
    name: "softmax",
    inputs: [f32([3, 6], -5, 5)],
    build: (x) => t.softmax(x!),
    reference: (x) => rowsOf(x!, 6).flatMap(softmaxRow),
  },
  {
    name: "softmax over the first axis",
    inputs: [f32([6, 3], -5, 5)],
    build: (x) => t.softmax(x!, { axis: 0 }),
    reference: (x) => flipped(flipped(rowsOf(x!, 3)).map(softmaxRow)).flat(),
  },
  {
    name: "logSoftmax",
    inputs: [f32([3, 6], -5, 5)],
    build: (x) => t.logSoftmax(x!),
    reference: (x) => rowsOf(x!, 6).flatMap((row) => softmaxRow(row).map((y) => Math.log(y))),
  },
  {
    name: "layerNorm",
    inputs: [f32([4, 33], -1, 5), f32([33]), f32([33])],
    build: (x, weight, bias) => t.layerNorm(x!, { weight: weight!, bias: bias!, eps: 1e-5 }),
    reference: (x, w, b) => rowsOf(x!, 33).flatMap((row) => normalised(row, 1e-5).map((y, i) => y * w![i]! + b![i]!)),
    tolerance: 4e-6,
  },
  {
    name: "groupNorm",
    inputs: [f32([2, 6, 3, 5], -1, 5), f32([6]), f32([6])],
    build: (x, weight, bias) => t.groupNorm(x!, { groups: 3, weight: weight!, bias: bias!, eps: 1e-6 }),
    reference: (x, w, b) =>
      rowsOf(x!, 30).flatMap((group, g) =>
        normalised(group, 1e-6).map((y, i) => {
          const channel = (g % 3) * 2 + Math.floor(i / 15)
          return y * w![channel]! + b![channel]!
        }),
      ),
    tolerance: 4e-6,
  },
  {
    name: "linear",
    inputs: [f32([2, 3, 5]), f32([7, 5]), f32([7])],
    build: (x, w, b) => t.linear(x!, w!, b!),
    reference: (x, w, b) =>
      product(rowsOf(x!, 5), flipped(rowsOf(w!, 5))).flatMap((row) => row.map((y, i) => y + b![i]!)),
  },
  {
    name: "einsum of a batched product",
    inputs: [f32([2, 3, 4]), f32([2, 5, 4])],
    build: (a, b) => t.einsum("bqd,bkd->qbk", a!, b!),
    reference: (a, b) =>
      range(3).flatMap((q) =>
        range(2).flatMap((n) =>
          range(5).map((k) => total(range(4).map((d) => a![n * 12 + q * 4 + d]! * b![n * 20 + k * 4 + d]!))),
        ),
      ),
  },
  {
    name: "einsum of three operands with sums of one",
    inputs: [f32([3, 4]), f32([4, 2]), f32([5, 3])],
    build: (a, b, c) => t.einsum("ij,jk,li->k", a!, b!, c!),
    reference: (a, b, c) =>
      range(2).map((k) =>
        total(
          range(3).map(
            (i) =>
              total(range(5).map((l) => c![l * 3 + i]!)) * total(range(4).map((j) => a![i * 4 + j]! * b![j * 2 + k]!)),
          ),
        ),
      ),
  },
  {
    name: "attention",
    inputs: [f32([1, 5, 3]), f32([1, 7, 3]), f32([1, 7, 2])],
    build: (q, k, v) => t.attention(q!, k!, v!),
    reference: (q, k, v) => attentionOf(q!, k!, v!, () => true),
  },
  {
    name: "causal attention",
    inputs: [f32([6, 3]), f32([6, 3]), f32([6, 2])],
    build: (q, k, v) => t.attention(q!, k!, v!, { causal: true }),
    reference: (q, k, v) => attentionOf(q!, k!, v!, (i, j) => j <= i),
  },
  {
    name: "attention with a boolean mask",
    inputs: [f32([4, 3]), f32([5, 3]), f32([5, 2])],
    build: (q, k, v) => t.attention(q!, k!, v!, { mask: t.less(t.iota([5]), 3) }),
    reference: (q, k, v) => attentionOf(q!, k!, v!, (_, j) => j < 3),
  },
  {
    name: "resizeBilinear to more",
    inputs: [f32([1, 2, 3, 4])],
    build: (x) => t.resizeBilinear(x!, [7, 5]),
    reference: (x) => rowsOf(x!, 12).flatMap((plane) => bilinear(plane, [3, 4], [7, 5])),
  },
  {
    name: "resizeBilinear to fewer",
    inputs: [f32([2, 1, 9, 8])],
    build: (x) => t.resizeBilinear(x!, [4, 3]),
    reference: (x) => rowsOf(x!, 72).flatMap((plane) => bilinear(plane, [9, 8], [4, 3])),
  },
  {
    name: "upsampleNearest2d",
    inputs: [f32([1, 2, 2, 3])],
    build: (x) => t.upsampleNearest2d(x!),
    reference: (x) =>
      rowsOf(x!, 6).flatMap((plane) =>
        range(4).flatMap((i) => range(6).map((j) => plane[Math.floor(i / 2) * 3 + Math.floor(j / 2)]!)),
      ),
  },
  {
    name: "meanSquaredError",
    inputs: [f32([3, 4]), f32([3, 4])],
    build: (x, y) => t.meanSquaredError(x!, y!),
    reference: (x, y) => [average(x!.map((a, i) => (a - y![i]!) ** 2))],
  },
  {
    name: "l1",
    inputs: [f32([3, 4], 1, 2), f32([3, 4], -2, 0.5)],
    build: (x, y) => t.l1(x!, y!),
    reference: (x, y) => [average(x!.map((a, i) => Math.abs(a - y![i]!)))],
  },
  {
    name: "crossEntropy",
    inputs: [f32([5, 7], -4, 4), { shape: [5], dtype: "i32", low: 0, high: 6 }],
    build: (x, labels) => t.crossEntropy(x!, labels!),
    reference: (x, labels) => [average(rowsOf(x!, 7).map((row, i) => -Math.log(softmaxRow(row)[labels![i]!]!)))],
  },
  {
    name: "takeAlongAxis",
    inputs: [f32([3, 4]), { shape: [2, 4], dtype: "i32", low: 0, high: 2 }],
    build: (x, indices) => t.takeAlongAxis(x!, indices!, 0),
    reference: (x, indices) => indices!.map((row, i) => x![row * 4 + (i % 4)]!),
  },
  ...orderAndWindows,
  ...bordersAndPlaces,
  {
    name: "takeBatched",
    inputs: [f32([3, 5, 2]), { shape: [3, 4], dtype: "u32", low: 0, high: 4 }],
    build: (x, indices) => t.takeBatched(x!, indices!),
    reference: (x, indices) =>
      indices!.flatMap((row, i) => range(2).map((c) => x![Math.floor(i / 4) * 10 + row * 2 + c]!)),
  },
  {
    name: "stack",
    inputs: [f32([2, 3]), f32([2, 3])],
    build: (x, y) => t.stack([x!, y!], 1),
    reference: (x, y) => rowsOf(x!, 3).flatMap((row, i) => [...row, ...rowsOf(y!, 3)[i]!]),
  },
  {
    name: "concat of more tensors than one kernel binds",
    inputs: range(17).map((i) => f32([2, 1 + (i % 3)])),
    build: (...xs) => t.concat(xs, 1),
    reference: (...xs) => range(2).flatMap((row) => xs.flatMap((x) => rowsOf(x, x.length / 2)[row]!)),
  },
  {
    name: "split and concat in another order",
    inputs: [f32([3, 9])],
    build: (x) => t.concat(t.split(x!, [2, 3, 4], 1).toReversed(), 1),
    reference: (x) => rowsOf(x!, 9).flatMap((row) => [...row.slice(5), ...row.slice(2, 5), ...row.slice(0, 2)]),
  },
]

export const plain = (value: HostArray): readonly number[] => Array.from(value.data)
