// Draws docs/images/demo.png from what the demonstration gave: npm start, then  node docs/make/demo.ts [runs/demo]
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readPictures, runFiles, type ComparedSet, type StoredPictures } from "@diva/diva"
import { Effect } from "effect"
import sharp from "sharp"
import { radar } from "../../packages/diva/src/evaluate/page/radar.ts"
import { lines } from "./worldPicture.ts"

const folder = process.argv[2] ?? "runs/demo"
const [width, height] = [1180, 500]
const [cell, gap, right] = [88, 6, 690]
const colours = { before: "#3b6fd4", after: "#d9792b" } as const

interface Result {
  readonly updates: number
  readonly scenes: number
  readonly sets: readonly ComparedSet[]
  readonly runs: readonly { readonly seed: number; readonly clip: string }[]
}

const { updates, scenes, sets, runs } = JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) as Result
const { categories, verdict, pairs } = sets.find(({ set }) => set === "control")!

const shown = radar(
  categories.map(({ name }) => name),
  [
    { name: "before", colour: colours.before, percent: categories.map(({ before }) => before) },
    { name: "after", colour: colours.after, percent: categories.map(({ after }) => after.value) },
  ],
).replace("<svg ", '<svg x="10" y="36" width="640" height="460" ')

const said = (text: string, x: number, y: number, more = ""): string => `<text x="${x}" y="${y}" ${more}>${text}</text>`

const bold = 'font-weight="bold" fill="#0f172a"'

const swatch = (x: number, colour: string, name: string): string =>
  `<rect x="${x}" y="21" width="12" height="12" rx="3" fill="${colour}"/>${said(name, x + 18, 32)}`

/** Scenes of which pictures are shown, and the columns: the last timestep is the noisiest, where tokens matter most. */
const rows = 3
const left = (column: number): number => right + column * (cell + gap)
const top = (row: number): number => 156 + row * (cell + gap)

const ground = (steps: readonly number[]): string => `
  <svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans, sans-serif" font-size="12.5" fill="#334155">
    <style>.grid{stroke:#d7dce5;fill:none}.axis{font-size:12.5px;fill:#1c2330}.scale{font-size:10.5px;fill:#667085}</style>
    <rect width="${width}" height="${height}" rx="14" fill="#ffffff"/>
    ${said(`Percent of ${pairs} pairs told apart`, 24, 32, `font-size="16" ${bold}`)}
    ${swatch(320, colours.before, "before")}${swatch(410, colours.after, `after, mean of ${runs.length} runs`)}
    ${shown}
    ${lines(verdict[0]!.toUpperCase() + verdict.slice(1), 58)
      .map((line, i) => said(line, right, 32 + 19 * i, `font-size="14" ${bold}`))
      .join("")}
    ${said(`${updates} updates on ${scenes} scenes without captions`, right, 84, 'fill="#64748b"')}
    ${["scene", `noisy, t = ${steps.at(-1)}`, "before", "after"].map((name, i) => said(name, left(i), 146)).join("")}
    ${said("what the diffusion model makes of it, told what the CLIP sees in it", right, 122, bold)}
    ${said("npm start writes all of it, with every picture, into runs/demo/report.html", right, height - 20, 'fill="#64748b"')}
  </svg>`

/** One tile of a strip: the image, then three for each timestep. */
const tileOf = (strip: Uint8Array, tile: number, index: number) =>
  sharp(strip)
    .extract({ left: index * (tile + 2), top: 0, width: tile, height: tile })
    .resize(cell, cell, { kernel: "nearest" })
    .png()
    .toBuffer()

const tilesOf = async ([before, after]: readonly [StoredPictures, StoredPictures]) => {
  const last = 3 * before.timesteps.length
  const columns: readonly (readonly [StoredPictures, number])[] = [
    [before, 0],
    [before, last - 2],
    [before, last],
    [after, last],
  ]
  const tile = (await sharp(before.strips[0]).metadata()).height
  const all = Array.from({ length: rows }, (_, row) =>
    columns.map(async ([{ strips }, index], column) => ({
      input: await tileOf(strips[row]!, tile, index),
      left: left(column),
      top: top(row),
    })),
  )
  return Promise.all(all.flat())
}

const pictures = await Effect.runPromise(
  readPictures(runFiles(join(folder, `seed-${runs[0]!.seed}-${updates}`)).pictures),
)
const both = [pictures[0]!, pictures.at(-1)!] as const
await sharp(Buffer.from(ground(both[0].timesteps)))
  .composite(await tilesOf(both))
  .png({ palette: true })
  .toFile(fileURLToPath(new URL("../images/demo.png", import.meta.url)))
