import { optionsOf } from "../op/options.ts"
import { dualOptions } from "../op/dual.ts"
import { raise } from "../error.ts"
import { isTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { sizeOf } from "../shape/shape.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { mean } from "./mean.ts"
import { mul } from "./mul.ts"
import { normalise } from "./normalise.ts"
import { reshape } from "./reshape.ts"
import { rsqrt } from "./rsqrt.ts"
import { stopGradient } from "./stopGradient.ts"
import { sub } from "./sub.ts"
import { variance } from "./variance.ts"

/** Mean and variance of each channel, [c], as training has met them. */
export interface RunningStatistics {
  readonly mean: Tensor
  readonly variance: Tensor
}

/** Scale and offset per channel, [c], and what is added to the variance (1e-5). */
export interface BatchNormScale {
  readonly weight?: Tensor
  readonly bias?: Tensor
  readonly eps?: number
}

export interface BatchNormOptions extends BatchNormScale {
  readonly running: RunningStatistics
}

export interface BatchNormTrainingOptions extends BatchNormOptions {
  /** The share of the batch in the next running statistics; 0.1 by default. */
  readonly momentum?: number
}

const perChannel = (op: string, x: Tensor, values: Tensor): Tensor => {
  const channels = x.shape[1]
  if (isTensor(values) && channels !== undefined && values.shape.length === 1 && values.shape[0] === channels)
    return reshape(cast(values, "f32"), [channels, ...x.shape.slice(2).map(() => 1)])
  return raise({
    _tag: "ShapeMismatch",
    op,
    operands: [
      {
        name: "x",
        shape: x.shape,
        dtype: x.dtype,
        axes: ["batch", "channels", ...x.shape.slice(2).map(() => "places")],
      },
      { name: "values", shape: values.shape, dtype: values.dtype, axes: ["channels"] },
    ],
    rule: "x must be [n, c, ...places], and weight, bias and running statistics [c]",
    remedy: "permute(x, [0, 3, 1, 2]) brings channels forward",
  })
}

const scaled = (op: string, x: Tensor, y: Tensor, { weight, bias }: BatchNormScale): Tensor => {
  const multiplied = weight === undefined ? y : mul(y, perChannel(op, x, weight))
  return bias === undefined ? multiplied : add(multiplied, perChannel(op, x, bias))
}

/**
 * (x - mean) / √(variance + eps) · weight + bias with running statistics, as a trained network is used. x: [n, c, ...places], all others
 * [c] → f32[n, c, ...places]. Throws `ShapeMismatch`.  Source: Ioffe & Szegedy 2015; torch.nn.BatchNorm2d.
 */
export const batchNorm = dualOptions("batchNorm", (x, options: BatchNormOptions) => {
  const { running, eps = 1e-5 } = optionsOf("batchNorm", options, ["running", "weight", "bias", "eps"])
  const centred = sub(cast(x, "f32"), perChannel("batchNorm", x, running.mean))
  return scaled("batchNorm", x, mul(centred, rsqrt(add(perChannel("batchNorm", x, running.variance), eps))), options)
})

/** What a training step gives: the result, and the statistics to pass to the next. */
export interface BatchNormStep {
  readonly y: Tensor
  readonly running: RunningStatistics
}

/**
 * The same with mean and biased variance of the batch itself, and the running statistics after it: (1 - momentum) · running + momentum ·
 * batch, of the unbiased variance, without gradient.  Throws `ShapeMismatch`.
 */
export const batchNormTraining = (x: Tensor, options: BatchNormTrainingOptions): BatchNormStep => {
  const op = "batchNormTraining"
  const known = ["running", "weight", "bias", "eps", "momentum"] as const
  const { running, eps = 1e-5, momentum = 0.1 } = optionsOf(op, options, known)
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1)
  const wide = cast(x, "f32")
  perChannel(op, x, running.mean)
  perChannel(op, x, running.variance)
  const count = sizeOf(axes.map((axis) => x.shape[axis]!))
  const held = stopGradient(wide)
  const unbiased = mul(variance(held, { axis: axes }), count / Math.max(1, count - 1))
  const next = (before: Tensor, now: Tensor): Tensor => add(mul(cast(before, "f32"), 1 - momentum), mul(now, momentum))
  return {
    y: scaled(op, x, normalise(wide, axes, eps), options),
    running: {
      mean: next(running.mean, mean(held, { axis: axes })),
      variance: next(running.variance, unbiased),
    },
  }
}
