import {
  add,
  bitAnd,
  cast,
  constant,
  div,
  expand,
  iota,
  mul,
  permute,
  raise,
  reshape,
  shiftRight,
  type HostArray,
  type Tensor,
} from "@diva/tensor"
import { openaiStatistics, type ChannelStatistics } from "@diva/models"

/**
 * Bytes of RGB pictures as whole words, the same memory: [batch, size, size, 3] bytes → u32 [batch, size·size·3/4].
 * Throws `InvalidData` where a picture does not end at a whole word (`size` odd).
 */
export const packPixels = (bytes: Uint8Array<ArrayBuffer>, batch: number, size: number): HostArray => {
  if ((size * size * 3) % 4 !== 0)
    return raise({
      _tag: "InvalidData",
      op: "packPixels",
      rule: `a picture of ${size} × ${size} pixels does not end at a whole 32-bit word`,
      remedy: "use an even image size",
    })
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4)
  return { shape: [batch, (size * size * 3) / 4], dtype: "u32", data: words }
}

const perChannel = (values: readonly number[]): Tensor => constant(values, [1, values.length, 1, 1])

/** The four bytes of each word, lowest first, as whole numbers in f32: u32 [batch, n] → [batch, 4·n] */
const unpacked = (words: Tensor): Tensor => {
  const [batch, count] = words.shape as readonly [number, number]
  const each = expand(reshape(words, [batch, count, 1]), [batch, count, 4])
  const shifts = mul(iota(each.shape, 2, "u32"), 8)
  return reshape(cast(bitAnd(shiftRight(each, shifts), 255), "f32"), [batch, 4 * count])
}

/** Packed pictures → (v/255 − mean)/std.  u32 [batch, size·size·3/4] → f32 [batch, 3, size, size] */
export const normalisePixels = (
  words: Tensor,
  size: number,
  { mean, std }: ChannelStatistics = openaiStatistics,
): Tensor => {
  const planes = permute(reshape(unpacked(words), [words.shape[0]!, size, size, 3]), [0, 3, 1, 2])
  return div(add(div(planes, 255), perChannel(mean.map((each) => -each))), perChannel(std))
}
