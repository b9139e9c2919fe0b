import { categories, type Stated, type WorldStatement } from "@diva/diva"

const one = (x: number): string => x.toFixed(1)

const within = ({ value, low, high }: Stated, show = one): string => `${show(value)} [${show(low)} … ${show(high)}]`

/** A table as prettier writes it: every column as wide as its widest cell. */
const table = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`
  const [head, ...body] = rows
  return [line(head!), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n")
}

/** MMVP's names of the patterns in one word. */
const patterns = ["orientation", "presence", "state", "count", "position", "colour", "structure", "text", "viewpoint"]

const pairs = ({ scores: { confused, control } }: WorldStatement): string =>
  table([
    ["pattern", "confused pairs", "control pairs"],
    ...categories.map((_, i) => [patterns[i]!, one(confused.categories[i]!), one(control.categories[i]!)]),
    ["average", one(confused.average), one(control.average)],
  ])

const zeroShot = ({ measured: { estimates } }: WorldStatement): string => {
  const { "clip.objects": objects, "clip.colours": colours } = estimates
  return `Zero-shot, percent of ${objects!.count} scenes of another seed: ${within(objects!)} of 22 things, ${within(colours!)} of 9 colours.`
}

const groups = ["objects", "colours", "counts", "sides", "places"] as const

const drawings = ({ measured }: WorldStatement): string => {
  const { estimates, distance, distanceOfScenes, samples, seed } = measured
  const rows = groups.map((group) => {
    const [drawn, true_] = [estimates[`diffusion.${group}`]!, estimates[`attributes.${group}`]!]
    return [group, String(drawn.count), within(drawn), within(true_)]
  })
  return [
    `Fréchet distance of ${samples} drawings (captions of seed ${seed}): **${distance.toFixed(4)}**; of as many other scenes, ${distanceOfScenes.toFixed(4)}.`,
    "",
    table([
      ["a caption's", "captions", "drawings that show it, % [95 %]", "scenes in which the judge sees it, % [95 %]"],
      ...rows,
    ]),
  ].join("\n")
}

const three = (x: number): string => x.toFixed(3)

const errors = ({ measured: { estimates } }: WorldStatement): string => {
  const { "vae.error": vae, "diffusion.noise": noise } = estimates
  return `On ${vae!.count} scenes that none of them has seen, the VAE's pictures are off by ${within(vae!)} grey levels of 255, and the noise that the UNet predicts by ${within(noise!, three)} (mean square; 1 is what knows nothing).`
}

const parts = { zeroShot, pairs, errors, drawings } as const

const opening = (name: string): string => `<!-- ${name}: npm run world -->\n\n`
const closing = "\n\n<!-- end -->"

/** The page of the world with every number as `world.json` tells it. */
export const withWorld = (page: string, statement: WorldStatement): string =>
  Object.entries(parts).reduce((text, [name, part]) => {
    const from = text.indexOf(opening(name))
    const to = text.indexOf(closing, from)
    if (from < 0 || to < 0) throw new Error(`the page has no place for ${name}`)
    return text.slice(0, from) + opening(name) + part(statement) + text.slice(to)
  }, page)
