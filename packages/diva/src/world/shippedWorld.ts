import * as path from "node:path"
import { fileURLToPath } from "node:url"

/** Where a world's models and benchmarks lie. */
export interface WorldFiles {
  /** OpenCLIP's files. */
  readonly clip: string
  /** diffusers' folders. */
  readonly diffusion: string
  /** Pairs that the CLIP confuses, in MMVP-VLM's layout. */
  readonly confused: string
  /** The judge of what the diffusion model draws. */
  readonly attributes: string
  /** Pairs that nothing chose: choosing what a model confuses makes its score low, and another's higher by chance alone. */
  readonly control: string
}

/** A world below one folder. */
export const worldIn = (folder: string): WorldFiles => ({
  clip: path.join(folder, "clip"),
  diffusion: path.join(folder, "diffusion"),
  attributes: path.join(folder, "attributes"),
  confused: path.join(folder, "confused"),
  control: path.join(folder, "control"),
})

/** The folder that comes with this package; `world.json` in it says how all was made. */
export const shippedFolder = fileURLToPath(new URL("../../world", import.meta.url))

export const shippedWorld: WorldFiles = worldIn(shippedFolder)
