import type { Tensor } from "../../src/graph/tensor.ts"
import * as t from "../../src/ops/index.ts"
import { gradients } from "../ops/reverse.ts"
import { numbers, of, type NumberCase } from "./numberCase.ts"

const slope =
  (of: (x: Tensor) => Tensor) =>
  (x: Tensor): Tensor =>
    gradients(t.sum(of(x)), [x])[0]!

const ones = (count: number): readonly number[] => new Array<number>(count).fill(1)

/** Gradients where a function has a corner, a border, or several largest elements. */
export const gradientCases: readonly NumberCase[] = [
  of(
    "the gradient of x⁰",
    [-2, 0, 1],
    slope((x) => t.power(x, 0)),
    [0, 0, 0],
  ),
  of(
    "the gradient of x² by power",
    [-2, 0, 3],
    slope((x) => t.power(x, 2)),
    [-4, 0, 6],
    4e-7,
  ),
  of(
    "the gradient of x¹ by power at 0",
    [0, -1],
    slope((x) => t.power(x, 1)),
    [1, 1],
    4e-7,
  ),
  of(
    "the gradient of 0^y in y",
    [0, 1, 2.5],
    slope((y) => t.power(0, y)),
    [0, 0, 0],
  ),
  of("the gradient of √x at 0", [0, 4], slope(t.sqrt), [0, 0.25]),
  of(
    "the gradient of a norm at the origin",
    [0, 0],
    slope((x) => t.norm(x)),
    [0, 0],
  ),
  of(
    "the gradient of √Σ x² at the origin",
    [0, 0],
    slope((x) => t.sqrt(t.sum(t.square(x)))),
    [0, 0],
  ),
  of(
    "the gradient of norms by row",
    numbers([3, 4, 0, 0], "f32", [2, 2]),
    slope((x) => t.norm(x, { axis: 1 })),
    [0.6, 0.8, 0, 0],
    3e-7,
  ),
  of(
    "the gradient of a large norm",
    [3e30, 4e30],
    slope((x) => t.norm(x)),
    [0.6, 0.8],
    3e-7,
  ),
  of(
    "the gradient of a deviation of equal numbers",
    [5, 5, 5],
    slope((x) => t.standardDeviation(x)),
    [0, 0, 0],
  ),
  of("the gradient of |x| at 0", [-1, 0, 2], slope(t.abs), [-1, 0, 1]),
  of("the gradient of relu at 0", [-1, 0, 2], slope(t.relu), [0, 0, 1]),
  of(
    "the gradient of a largest element that is there twice",
    [1, 3, 3],
    slope((x) => t.max(x)),
    [0, 0.5, 0.5],
  ),
  of(
    "the gradient of a smallest element that is there twice",
    [1, 1, 3],
    slope((x) => t.min(x)),
    [0.5, 0.5, 0],
  ),
  of(
    "the gradient of maximum at a tie",
    [1, 2, 3],
    slope((x) => t.maximum(x, 2)),
    [0, 0.5, 1],
  ),
  of(
    "the gradient of clamp at its bounds",
    [-1, 0, 0.5, 1, 2],
    slope((x) => t.clamp(x, 0, 1)),
    [0, 0.5, 1, 0.5, 0],
  ),
  of(
    "the gradient of remainder",
    [7, -7],
    slope((x) => t.remainder(x, 4)),
    [1, 1],
  ),
  of("the gradient of log at 0", [0, 2], slope(t.log), [Infinity, 0.5]),
  of(
    "the gradient of logSumExp beside -∞",
    [-Infinity, 0, 0],
    slope((x) => t.logSumExp(x)),
    [0, 0.5, 0.5],
    3e-7,
  ),
  of(
    "the gradient of logSoftmax beside -∞",
    [-Infinity, 0, 0],
    (x) => gradients(t.reshape(t.sliceAxis(t.logSoftmax(x), 0, 1, 2), []), [x])[0]!,
    [0, 0.5, -0.5],
    3e-7,
  ),
  of(
    "the gradient of logSoftmax of 1e8",
    [1e8, 1e8],
    (x) => gradients(t.reshape(t.sliceAxis(t.logSoftmax(x), 0, 1, 2), []), [x])[0]!,
    [-0.5, 0.5],
    3e-7,
  ),
  of(
    "the gradient of softmax beside -∞",
    [-Infinity, 0, 0],
    (x) => gradients(t.reshape(t.sliceAxis(t.softmax(x), 0, 1, 2), []), [x])[0]!,
    [0, 0.25, -0.25],
    3e-7,
  ),
  of(
    "the gradient of variance around 1e6",
    [1e6, 1e6 + 1, 1e6, 1e6 + 1],
    slope((x) => t.variance(x)),
    [-0.25, 0.25, -0.25, 0.25],
  ),
  of(
    "the gradient of sin and cos of 1e10",
    [1e10],
    slope((x) => t.add(t.sin(x), t.cos(x))),
    [Math.cos(1e10) - Math.sin(1e10)],
    4e-7,
  ),
  of("the gradient of tan", [0, 1e10], slope(t.tan), [1, 1 + Math.tan(1e10) ** 2], 4e-7),
  of(
    "the gradient of select keeps NaN out of the branch not taken",
    [1, NaN],
    slope((x) => t.select(t.isNaN(x), 0, t.mul(x, 2))),
    [2, 0],
  ),
  of(
    "the gradient of a mean",
    [1, 2],
    slope((x) => t.mean(x)),
    ones(2).map(() => 0.5),
  ),
]
