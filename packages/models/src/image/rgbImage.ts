/** An 8-bit RGB picture, [height, width, 3], row by row from the top left. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array<ArrayBuffer>
}

/** A picture of zeros (black). */
export const blackImage = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: new Uint8Array(3 * width * height),
})
