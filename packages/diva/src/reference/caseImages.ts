import { sizeOf, type HostArray } from "@diva/tensor"
import { openaiStatistics } from "@diva/models"

/** (v/255 − mean)/std of each channel value, each operation rounded to f32 as the reference's tensors are. */
const normalised = (value: number, channel: number): number => {
  const centred = Math.fround(Math.fround(value / 255) - Math.fround(openaiStatistics.mean[channel]!))
  return Math.fround(centred / Math.fround(openaiStatistics.std[channel]!))
}

/** Images `from … from + count − 1` of 8-bit [n, 3, H, W], normalised with OpenAI's statistics. */
export const caseImages = (bytes: HostArray, from: number, count: number): HostArray => {
  const shape = [count, ...bytes.shape.slice(1)]
  const plane = bytes.shape[2]! * bytes.shape[3]!
  const start = from * 3 * plane
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) =>
    normalised(bytes.data[start + i]!, Math.floor(i / plane) % 3),
  )
  return { shape, dtype: "f32", data }
}
