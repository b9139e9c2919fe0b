import type { StoredPictures } from "../../pictures/pictureFiles.ts"
import type { RunData } from "../runData.ts"
import { escaped } from "../../evaluate/page/markup.ts"

/** How strips look; wider than a small screen, they scroll. */
export const stripStyle = `
.strip{margin:16px 0;min-width:0}.strip>figcaption{font-weight:600;margin-bottom:4px}.strip .wide{overflow-x:auto}.strip .wide>div{min-width:640px}
.strip img{width:100%;display:block;image-rendering:pixelated}.strip p{margin:6px 0 2px;color:var(--faint);font-size:13px}
.strip .head{display:grid;color:var(--faint);font-size:12px;line-height:1.2}.strip .head span{padding-right:4px}
`.replaceAll("\n", "")

const titleOf = ({ update }: StoredPictures): string => (update === 0 ? "before training" : `after update ${update}`)

const headOf = ({ timesteps }: StoredPictures): string => {
  const names = ["image", ...timesteps.flatMap((step) => [`noised, t = ${step}`, "predicted noise", "denoised"])]
  const columns = `grid-template-columns:repeat(${names.length},1fr)`
  return `<div class="head" style="${columns}">${names.map((name) => `<span>${name}</span>`).join("")}</div>`
}

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
export const stripsOf = (pictures: readonly StoredPictures[]): string => {
  const newest = pictures.at(-1)!
  const sets = pictures.length > 1 ? [pictures[0]!, newest] : [newest]
  return newest.images
    .map(
      ({ key }, i) =>
        `<figure class="strip"><figcaption>sample ${escaped(key)}</figcaption><div class="wide"><div>${headOf(newest)}${rowsOf(sets, i)}</div></div></figure>`,
    )
    .join("")
}

/** What the diffusion model makes of images with each run's CLIP; nothing where no run has pictures. */
export const renderPictures = (runs: readonly RunData[]): string => {
  const pictured = runs.filter(({ pictures }) => pictures.length > 0)
  const sections = pictured.map(({ name, pictures }) => `<h3>${escaped(name)}</h3>${stripsOf(pictures)}`)
  return pictured.length === 0
    ? ""
    : `<h2>What the diffusion model makes of images, told what CLIP sees in them</h2>${sections.join("")}`
}
