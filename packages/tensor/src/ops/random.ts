import { raise } from "../error.ts"
import { notHeld } from "../dtype/heldNumber.ts"
import type { Tensor } from "../graph/tensor.ts"
import { streams } from "../key/streams.ts"
import type { Shape } from "../shape/shape.ts"
import { add } from "./add.ts"
import { bitAnd } from "./bitAnd.ts"
import { cast } from "./cast.ts"
import { cos } from "./cos.ts"
import { positions, type DrawStart } from "./key.ts"
import { log } from "./log.ts"
import { mul } from "./mul.ts"
import { shiftRight } from "./shiftRight.ts"
import { sqrt } from "./sqrt.ts"
import { threefry } from "./threefry.ts"

const bitsOf = (key: Tensor, shape: Shape, word: 0 | 1, from: DrawStart): Tensor =>
  threefry(key, positions(shape, from), streams.bits, word)

/** 24 random bits of each word as a number of [0, 1): all that an f32 can hold evenly. */
const fraction = (bits: Tensor): Tensor => mul(cast(shiftRight(bits, 8), "f32"), 2 ** -24)

/**
 * Random 32-bit words: element i is a pure function of the key and `from + i`, the same on every adapter, however work is split:
 * rows of a draw are the draw that begins `from` their first element. key: u32[2] → u32[...shape].
 */
export const randomBits = (key: Tensor, shape: Shape, from: DrawStart = 0): Tensor => bitsOf(key, shape, 0, from)

/**
 * Uniform in [low, high): low + (high - low)·k·2^-24 with 24 random bits k. Rounding may give `high` itself where |low| is much
 * larger than the range. key: u32[2] → f32[...shape].
 */
export const uniform = (key: Tensor, shape: Shape, low = 0, high = 1, from: DrawStart = 0): Tensor => {
  const unit = fraction(randomBits(key, shape, from))
  return low === 0 && high === 1 ? unit : add(mul(unit, high - low), low)
}

/**
 * Standard normal by Box and Muller: √(-2·log u)·cos(2π·v) with u in (0, 1], so the logarithm is finite and values reach
 * ±5.77. The bits behind it are the same everywhere; the last place follows the adapter's arithmetic. key: u32[2] →
 * f32[...shape].
 */
export const normal = (key: Tensor, shape: Shape, from: DrawStart = 0): Tensor => {
  const radius = sqrt(mul(log(add(fraction(bitsOf(key, shape, 0, from)), 2 ** -24)), -2))
  return mul(radius, cos(mul(fraction(bitsOf(key, shape, 1, from)), 2 * Math.PI)))
}

// The high word of a 32 × 32 bit product, from four 16 × 16 bit products that do not overflow.
const highProduct = (x: Tensor, y: number): Tensor => {
  if (y === 2 ** 32) return x
  const [x0, x1] = [bitAnd(x, 0xffff), shiftRight(x, 16)]
  const [y0, y1] = [y & 0xffff, y >>> 16]
  const low = add(mul(x1, y0), shiftRight(mul(x0, y0), 16))
  const middle = add(mul(x0, y1), bitAnd(low, 0xffff))
  return add(mul(x1, y1), add(shiftRight(low, 16), shiftRight(middle, 16)))
}

/**
 * Integers of [low, high), each with a probability within 2^-32 of equal. key: u32[2] → i32[...shape]. Throws
 * `InvalidAttribute` unless low < high.
 */
export const randomIntegers = (key: Tensor, shape: Shape, low: number, high: number, from: DrawStart = 0): Tensor =>
  notHeld(low, "i32") === null && notHeld(high - 1, "i32") === null && low < high
    ? add(cast(highProduct(randomBits(key, shape, from), high - low), "i32"), low)
    : raise({
        _tag: "InvalidAttribute",
        op: "randomIntegers",
        attribute: "low, high",
        rule: `[${low}, ${high}) is not a range of i32`,
        remedy: "low and high are integers of i32; high is not included: pass low + 1 for a single value",
      })
