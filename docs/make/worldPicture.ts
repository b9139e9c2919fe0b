import { encodePng, type RgbImage } from "@diva/models"
import sharp from "sharp"

const [cell, gap, words] = [96, 6, 190]

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

/** A caption over lines of at most so many letters. */
export const lines = (text: string, most = 24): readonly string[] =>
  text.split(" ").reduce<readonly string[]>((all, word) => {
    const last = all.at(-1)
    return last !== undefined && last.length + word.length < most
      ? [...all.slice(0, -1), `${last} ${word}`]
      : [...all, word]
  }, [])

/** Writes drawings in rows, each behind its caption. */
export const drawSheet = async (
  file: string,
  captions: readonly string[],
  drawn: readonly RgbImage[],
): Promise<void> => {
  const each = drawn.length / captions.length
  const width = words + each * (cell + gap) + gap
  const height = captions.length * (cell + gap) + gap
  const top = (row: number): number => gap + row * (cell + gap)
  const texts = captions.map((caption, row) => {
    const all = lines(caption)
    const from = top(row) + cell / 2 - 8.5 * (all.length - 1) + 5
    return all.map((line, i) => `<text x="14" y="${from + 17 * i}">${escaped(line)}</text>`).join("")
  })
  const ground = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans, sans-serif" font-size="13" fill="#1c2330"><rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>${texts.join("")}</svg>`
  const tiles = await Promise.all(
    drawn.map(async (image, i) => ({
      input: await sharp(await encodePng(image))
        .resize(cell, cell, { kernel: "nearest" })
        .png()
        .toBuffer(),
      left: words + gap + (i % each) * (cell + gap),
      top: top(Math.floor(i / each)),
    })),
  )
  await sharp(Buffer.from(ground)).composite(tiles).png({ palette: true }).toFile(file)
}
