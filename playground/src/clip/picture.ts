import { openaiStatistics, preprocessImage, type RgbImage } from "@diva/models"

/** A picture as the browser decodes it, turned upright. */
export const pictureOf = async (file: Blob): Promise<RgbImage> => {
  const bitmap = await createImageBitmap(file)
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext("2d")!
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  const rgba = context.getImageData(0, 0, width, height).data
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => rgba[Math.floor(i / 3) * 4 + (i % 3)]!)
  return { width, height, data }
}

/** The pixels that the tower sees: shortest edge to `size`, centre cropped, normalised as OpenAI's. [3, size, size] */
export const pixelsOf = (picture: RgbImage, size: number): Float32Array<ArrayBuffer> =>
  preprocessImage({ size, fit: "crop", statistics: openaiStatistics }, picture)
