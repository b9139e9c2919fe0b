import { describe, expect, it } from "vitest"
import {
  attention,
  concat,
  constant,
  conv2d,
  crossEntropy,
  einsum,
  expand,
  gelu,
  geglu,
  geluTanh,
  groupNorm,
  layerNorm,
  linear,
  logSoftmax,
  logSumExp,
  max,
  meanSquaredError,
  mul,
  pad,
  permute,
  quickGelu,
  resizeBilinear,
  scatterAdd,
  silu,
  slice,
  softmax,
  split,
  square,
  stack,
  sum,
  take,
  takeBatched,
  tanh,
  upsampleNearest2d,
  variance,
  add,
  type Tensor,
} from "@diva/tensor"
import { checkGradient, checkpoint, renderGradientReport } from "@diva/autograd"
import { f32, wiggle, wiggled } from "./evaluate.ts"

type Case = readonly [
  name: string,
  shapes: readonly (readonly number[])[],
  f: (...inputs: readonly [Tensor, Tensor, Tensor]) => Tensor,
]

const indices = constant([2, 0, 2, 1], [2, 2], "i32")

const cases: readonly Case[] = [
  ["linear", [[2, 3, 4], [5, 4], [5]], (x, w, b) => linear(x, w, b)],
  ["softmax along any axis", [[3, 4, 2]], (x) => softmax(x, { axis: 1 })],
  ["logSoftmax", [[3, 4]], (x) => logSoftmax(x)],
  ["logSumExp", [[3, 4]], (x) => logSumExp(x, { axis: 0 })],
  ["layerNorm with weight and bias", [[3, 5], [5], [5]], (x, weight, bias) => layerNorm(x, { weight, bias })],
  ["groupNorm", [[2, 4, 2, 3], [4], [4]], (x, weight, bias) => groupNorm(x, { groups: 2, weight, bias })],
  ["variance", [[3, 5]], (x) => variance(x, { axis: 1 })],
  ["max, away from ties", [[3, 5]], (x) => max(x, { axis: 1 })],
  ["gelu", [[7]], (x) => gelu(x)],
  ["geluTanh", [[7]], (x) => geluTanh(x)],
  ["quickGelu", [[7]], (x) => quickGelu(x)],
  ["silu", [[7]], (x) => silu(x)],
  ["geglu", [[3, 8]], (x) => geglu(x)],
  [
    "attention",
    [
      [2, 2, 3, 4],
      [2, 2, 5, 4],
      [2, 2, 5, 4],
    ],
    (q, k, v) => attention(q, k, v),
  ],
  [
    "causal attention",
    [
      [1, 2, 4, 3],
      [1, 2, 4, 3],
      [1, 2, 4, 3],
    ],
    (q, k, v) => attention(q, k, v, { causal: true }),
  ],
  [
    "conv2d with stride, padding and groups",
    [[2, 4, 5, 6], [6, 2, 3, 2], [6]],
    (x, w, bias) => conv2d(x, w, { stride: [2, 1], padding: 1, groups: 2, bias }),
  ],
  ["resizeBilinear", [[1, 2, 5, 4]], (x) => resizeBilinear(x, [3, 7])],
  ["upsampleNearest2d", [[1, 2, 2, 3]], (x) => upsampleNearest2d(x)],
  ["take and its repeats", [[3, 4]], (x) => take(x, indices)],
  ["scatterAdd", [[2, 2, 3]], (x) => scatterAdd(x, indices, 4)],
  ["takeBatched", [[2, 3, 4]], (x) => takeBatched(x, indices)],
  ["crossEntropy", [[4, 5]], (x) => crossEntropy(x, constant([0, 4, 2, 2], [4], "i32"))],
  [
    "meanSquaredError",
    [
      [4, 5],
      [4, 5],
    ],
    (x, y) => meanSquaredError(x, y),
  ],
  [
    "einsum",
    [
      [2, 3, 4],
      [4, 2, 5],
    ],
    (x, y) => einsum("bik,kbj->bij", x, y),
  ],
  [
    "slice, pad and concat",
    [
      [3, 4],
      [2, 4],
    ],
    (x, y) => concat([pad(slice(x, { starts: [1], steps: [1, 2] }), { low: [0, 1], high: [1, 1] }), y]),
  ],
  ["split, stack and permute", [[4, 6]], (x) => permute(stack(split(x, 3, 1), 0), [2, 0, 1])],
  ["expand", [[3, 1]], (x) => expand(x, [2, 3, 4])],
  [
    "a checkpoint",
    [
      [3, 4],
      [4, 4],
    ],
    (x, w) => checkpoint((x: Tensor) => tanh(linear(tanh(linear(x, w)), w)))(x),
  ],
]

// Uneven weights and a square, so that neither a permuted nor a linearised gradient passes.
const weigh = (y: Tensor): Tensor => sum(add(mul(y, wiggled(y.shape, 5)), square(y)))

describe("gradients of compositions equal finite differences, twice", () => {
  it.each(cases)("%s", (_name, shapes, f) => {
    const at = shapes.map((shape, i) =>
      f32(
        wiggle(
          shape.reduce((a, b) => a * b, 1),
          i,
        ),
        shape,
      ),
    )
    const report = checkGradient({ f: (inputs) => weigh(f(...(inputs as [Tensor, Tensor, Tensor]))), at, seed: 7 })
    expect(report.pass, renderGradientReport(report)).toBe(true)
    expect(Math.abs(report.derivatives[0]!.reverse)).toBeGreaterThan(1e-6)
  })
})
