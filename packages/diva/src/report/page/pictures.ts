import type { StoredPictures } from "../../pictures/pictureFiles.ts"
import type { RunData } from "../runData.ts"
import { escaped } from "../../evaluate/page/markup.ts"

const titleOf = ({ update }: StoredPictures): string => (update === 0 ? "before training" : `after update ${update}`)

const headOf = ({ timesteps }: StoredPictures): string =>
  ["image", ...timesteps.flatMap((step) => [`noised, t = ${step}`, "predicted noise", "denoised"])]
    .map((name) => `<span>${name}</span>`)
    .join("")

/** The bytes are in the page: it needs nothing from outside. */
const imageOf = (bytes: Uint8Array, alt: string): string =>
  `<img alt="${escaped(alt)}" src="data:image/png;base64,${Buffer.from(bytes).toString("base64")}">`

/** An image's strips, one for each state, below each other. */
const rowsOf = (sets: readonly StoredPictures[], index: number): string =>
  sets
    .flatMap((set) => {
      const [image, bytes] = [set.images[index], set.strips[index]]
      if (image === undefined || bytes === undefined) return []
      const errors = image.errors.map((error, i) => `t = ${set.timesteps[i]}: ${error.toFixed(4)}`).join(", ")
      return [
        `<p>${titleOf(set)}; error of the noise at ${errors}</p>${imageOf(bytes, `${image.key}, ${titleOf(set)}`)}`,
      ]
    })
    .join("")

/** Of the images that both have, the first strips next to the newest: what training changed. */
const section = ({ name, pictures }: RunData): string => {
  const newest = pictures.at(-1)!
  const sets = pictures.length > 1 ? [pictures[0]!, newest] : [newest]
  const images = newest.images.map(
    ({ key }, i) =>
      `<figure class="strip"><figcaption>${escaped(key)}</figcaption><div class="head">${headOf(newest)}</div>${rowsOf(sets, i)}</figure>`,
  )
  return `<h3>${escaped(name)}</h3>${images.join("")}`
}

/** What the diffusion model makes of images with each run's CLIP; nothing where no run has pictures. */
export const renderPictures = (runs: readonly RunData[]): string => {
  const pictured = runs.filter(({ pictures }) => pictures.length > 0)
  return pictured.length === 0
    ? ""
    : `<h2>What the diffusion model makes of images, told what CLIP sees in them</h2>${pictured.map(section).join("")}`
}
