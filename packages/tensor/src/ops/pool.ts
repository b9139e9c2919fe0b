import { optionsOf } from "../op/options.ts"
import { dualOptions } from "../op/dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { isExtent } from "../shape/shape.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { maximum } from "./maximum.ts"
import { mul } from "./mul.ts"
import { pad } from "./pad.ts"
import { slice } from "./slice.ts"

/** A window over the places of [n, c, ...places]: one number for all directions, or one for each. */
export interface PoolOptions {
  readonly size: number | readonly number[]
  /** As far as the window is wide by default, so that windows do not overlap. */
  readonly stride?: number | readonly number[]
  /** Places around the image, 0 by default: -∞ to a maximum, 0 to an average, which counts them. */
  readonly padding?: number | readonly number[]
}

interface Windows {
  readonly size: readonly number[]
  readonly stride: readonly number[]
  readonly padding: readonly number[]
}

const windowsOf = (op: string, x: Tensor, options: PoolOptions): Windows => {
  const { size, stride = size, padding = 0 } = optionsOf(op, options, ["size", "stride", "padding"])
  const places = x.shape.slice(2)
  const each = (given: number | readonly number[]) => (typeof given === "number" ? places.map(() => given) : given)
  const windows = { size: each(size), stride: each(stride), padding: each(padding) }
  const fits =
    x.shape.length > 2 &&
    Object.values(windows).every((list) => list.length === places.length && list.every(isExtent)) &&
    places.every((extent, i) => {
      const [wide, step, border] = [windows.size[i]!, windows.stride[i]!, windows.padding[i]!]
      return wide > 0 && step > 0 && 2 * border <= wide && wide <= extent + 2 * border
    })
  if (fits) return windows
  return raise({
    _tag: "ShapeMismatch",
    op,
    operands: [
      { name: "x", shape: x.shape, dtype: x.dtype, axes: ["batch", "channels", ...places.map(() => "places")] },
    ],
    rule: `windows of [${windows.size.join(", ")}] every [${windows.stride.join(", ")}] with padding [${windows.padding.join(", ")}] must fit [n, c, ...places], padding at most half a window`,
    remedy: "unsqueeze(x, 0) adds a batch; a smaller window, or padding, fits a small image",
  })
}

/** Every place of a window, as offsets. */
const tapsOf = (size: readonly number[]): readonly (readonly number[])[] =>
  size.reduce<readonly (readonly number[])[]>(
    (taps, extent) => taps.flatMap((tap) => Array.from({ length: extent }, (_, i) => [...tap, i])),
    [[]],
  )

/** All windows at one of their places, [n, c, ...windows]. */
const tap = (x: Tensor, { size, stride }: Windows, offsets: readonly number[]): Tensor =>
  slice(x, {
    starts: [0, 0, ...offsets],
    ends: [
      x.shape[0]!,
      x.shape[1]!,
      ...offsets.map((offset, i) => {
        const last = Math.floor((x.shape[i + 2]! - size[i]!) / stride[i]!)
        return offset + last * stride[i]! + 1
      }),
    ],
    steps: [1, 1, ...stride],
  })

// Pairs of pairs: ties share evenly among a window's equal elements where their number is a power of two, and sums round least.
const folded = (parts: readonly Tensor[], join: (a: Tensor, b: Tensor) => Tensor): Tensor =>
  parts.length === 1
    ? parts[0]!
    : folded(
        Array.from({ length: Math.ceil(parts.length / 2) }, (_, i) =>
          parts[2 * i + 1] === undefined ? parts[2 * i]! : join(parts[2 * i]!, parts[2 * i + 1]!),
        ),
        join,
      )

const pooled = (x: Tensor, windows: Windows, around: number, join: (a: Tensor, b: Tensor) => Tensor): Tensor => {
  const border = [0, 0, ...windows.padding]
  const framed = windows.padding.every((width) => width === 0)
    ? x
    : pad(x, { low: border, high: border, value: around })
  return folded(
    tapsOf(windows.size).map((offsets) => tap(framed, windows, offsets)),
    join,
  )
}

/**
 * The largest element of each window, NaN where one is. x: [n, c, ...places] → [n, c, ...windows], ⌊(extent + 2·padding - size) / stride⌋ + 1 each
 * way; one, two or more directions. Equal largest elements share the gradient in pairs. Throws `ShapeMismatch`.
 * Source: torch.nn.functional.max_pool2d.
 */
export const maxPool = dualOptions("maxPool", (x, options: PoolOptions) =>
  pooled(x, windowsOf("maxPool", x, options), -Infinity, maximum),
)

/** The mean of each window, in f32, padding counted as 0; see `maxPool`.  Source: torch.nn.functional.avg_pool2d. */
export const averagePool = dualOptions("averagePool", (x, options: PoolOptions) => {
  const windows = windowsOf("averagePool", x, options)
  const count = windows.size.reduce((n, extent) => n * extent, 1)
  return mul(pooled(cast(x, "f32"), windows, 0, add), 1 / count)
})
