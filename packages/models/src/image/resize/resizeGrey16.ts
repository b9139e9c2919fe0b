import type { Picture } from "../picture.ts"
import type { ResampleFilter } from "./resampleFilter.ts"
import { sampleWeights } from "./resampleTaps.ts"

interface Grey {
  readonly width: number
  readonly height: number
  readonly values: Uint16Array
}

/** Half away from zero, then each byte on its own kept within 0 … 255, as Pillow stores it: 65,536 becomes 65,280. */
const stored = (sum: number): number => {
  const whole = sum >= 0 ? Math.floor(sum + 0.5) : -Math.floor(Math.abs(sum) + 0.5)
  return whole <= 0 ? 0 : Math.min(255, whole >> 8) * 256 + (whole % 256)
}

const alongX = ({ width, height, values }: Grey, to: number, filter: ResampleFilter): Grey => {
  if (to === width) return { width, height, values }
  const taps = sampleWeights(width, to, filter)
  const made = new Uint16Array(to * height)
  for (let y = 0; y < height; y++)
    for (const [x, { first, weights }] of taps.entries())
      made[y * to + x] = stored(
        weights.reduce((sum, weight, i) => sum + weight * (values[y * width + first + i] as number), 0),
      )
  return { width: to, height, values: made }
}

const turned = ({ width, height, values }: Grey): Grey => ({
  width: height,
  height: width,
  values: Uint16Array.from(values, (_, i) => values[(i % height) * width + Math.floor(i / height)] as number),
})

const alongY = (grey: Grey, to: number, filter: ResampleFilter): Grey => turned(alongX(turned(grey), to, filter))

/** Resizes grey of 16 bits with unrounded weights. Source: Pillow 12.3 src/libImaging/Resample.c, the functions for 16 bits. */
export const resizeGrey16 = (
  { width, height, data }: Picture,
  to: { readonly width: number; readonly height: number },
  filter: ResampleFilter,
  rowsFirst: boolean,
): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(data)
  const grey: Grey = { width, height, values: new Uint16Array(bytes.buffer) }
  const { values } = rowsFirst
    ? alongX(alongY(grey, to.height, filter), to.width, filter)
    : alongY(alongX(grey, to.width, filter), to.height, filter)
  return new Uint8Array(values.buffer as ArrayBuffer)
}
