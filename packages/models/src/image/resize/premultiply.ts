import { scaled } from "../cmyk.ts"

/** RGBA with each colour scaled by its alpha: what averages of pixels are right for. Source: Pillow Convert.c, rgba2rgbA. */
export const premultiplied = (rgba: Uint8Array): Uint8Array<ArrayBuffer> => {
  const data = new Uint8Array(rgba)
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] as number
    for (let c = at; c < at + 3; c++) data[c] = scaled(data[c] as number, alpha)
  }
  return data
}

/** The inverse, rounded down; colours without any alpha stay. Source: Pillow Convert.c, rgbA2rgba. */
export const unpremultiplied = (premultiplied: Uint8Array): Uint8Array<ArrayBuffer> => {
  const data = new Uint8Array(premultiplied)
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] as number
    if (alpha === 0 || alpha === 255) continue
    for (let c = at; c < at + 3; c++) data[c] = Math.min(255, Math.trunc((255 * (data[c] as number)) / alpha))
  }
  return data
}
