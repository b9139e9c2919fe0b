import { blackImage, type RgbImage } from "@diva/models"

const gap = 4

/** Pictures in rows and columns, each in the middle of its square cell, on black. `cell`: pixels of a square's edge. */
export const contactSheet = (pictures: readonly RgbImage[], cell: number): RgbImage => {
  const columns = Math.max(1, Math.ceil(Math.sqrt((pictures.length * 4) / 3)))
  const rows = Math.max(1, Math.ceil(pictures.length / columns))
  const sheet = blackImage(columns * (cell + gap) + gap, rows * (cell + gap) + gap)
  for (const [i, picture] of pictures.entries()) {
    const left = gap + (i % columns) * (cell + gap) + Math.floor((cell - picture.width) / 2)
    const top = gap + Math.floor(i / columns) * (cell + gap) + Math.floor((cell - picture.height) / 2)
    for (let y = 0; y < picture.height; y++) {
      const row = picture.data.subarray(3 * y * picture.width, 3 * (y + 1) * picture.width)
      sheet.data.set(row, 3 * ((top + y) * sheet.width + left))
    }
  }
  return sheet
}
