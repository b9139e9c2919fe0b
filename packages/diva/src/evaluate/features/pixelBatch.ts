import type { HostArray, Spec, Tensor } from "@diva/tensor"
import { normalise, type ImagePreset } from "@diva/models"
import { normalisePixels, packPixels } from "../../objective/pixels.ts"

/** How pixels reach an image tower. */
export interface PixelFormat {
  readonly spec: (batch: number) => Spec
  /** Batches of 8-bit RGB pictures, [batch, size, size, 3], as an argument of the program. */
  readonly pack: (bytes: Uint8Array<ArrayBuffer>, batch: number) => HostArray
  /** The argument as the tower takes it: f32 [batch, 3, size, size], normalised. */
  readonly unpack: (pixels: Tensor) => Tensor
}

/** Bytes in whole words, normalised on the device: a quarter of the traffic. */
const packed = ({ size, statistics }: ImagePreset): PixelFormat => ({
  spec: (batch) => ({ shape: [batch, (size * size * 3) / 4], dtype: "u32" }),
  pack: (bytes, batch) => packPixels(bytes, batch, size),
  unpack: (pixels) => normalisePixels(pixels, size, statistics),
})

/** Pictures of odd sizes do not end at whole words: they are normalised here. */
const normalised = ({ size, statistics }: ImagePreset): PixelFormat => {
  const one = 3 * size * size
  const pack = (bytes: Uint8Array<ArrayBuffer>, batch: number): HostArray => {
    const data = new Float32Array(batch * one)
    for (let i = 0; i < batch; i++)
      data.set(
        normalise({ width: size, height: size, data: bytes.subarray(i * one, (i + 1) * one) }, statistics),
        i * one,
      )
    return { shape: [batch, 3, size, size], dtype: "f32", data }
  }
  return { spec: (batch) => ({ shape: [batch, 3, size, size], dtype: "f32" }), pack, unpack: (pixels) => pixels }
}

export const pixelFormat = (preset: ImagePreset): PixelFormat =>
  preset.size % 2 === 0 ? packed(preset) : normalised(preset)
