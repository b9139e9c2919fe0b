import { type Tensor, counted, layerNorm, raise } from "@diva/tensor"
import type { ModelOptions, Params } from "@diva/models"
import { count, requireNumber } from "../requireNumber.ts"
import type { ImageFeatures } from "./condition.ts"
import type { ImageTower } from "./imageTower.ts"

/** Which of a tower's tokens conditions are made of. */
export interface TokenSource {
  /** Its name in manifests. */
  readonly title: string
  /** Width of its tokens. */
  readonly width: (tower: ImageTower) => number
  readonly features: (tower: ImageTower, params: Params, image: Tensor, options?: ModelOptions) => ImageFeatures
}

/** What the tower gives: its last tokens, after norm and projection. The original's. */
export const towerTokens: TokenSource = {
  title: "tower",
  width: ({ width }) => width,
  features: (tower, params, image, options) => tower.features(params, image, options),
}

const blocksOf = ({ title, blocks }: ImageTower, layer: number): NonNullable<ImageTower["blocks"]> =>
  blocks !== undefined && layer <= blocks.count
    ? blocks
    : raise({
        _tag: "InvalidAttribute",
        op: "layerTokens",
        attribute: "layer",
        rule: `the tower ${title} has ${blocks === undefined ? "no layers that can be read" : counted(blocks.count, "block")}, layer ${layer} was asked for`,
        remedy: blocks === undefined ? "use towerTokens" : `name a block from 1 to ${blocks.count}`,
      })

/** Tokens inside a tower grow with depth: each is brought to mean 0 and variance 1, as norms before blocks do. */
const standardised = ({ global, patches }: ImageFeatures): ImageFeatures => ({
  global: layerNorm(global),
  patches: layerNorm(patches),
})

/**
 * The tokens that block `layer` (counted from 1) hands to the next, each standardised. Later blocks then get no gradient from
 * them. A tower without class token gives the mean of its patches as global token. Throws `InvalidAttribute` for a block that the
 * tower does not have.
 */
export const layerTokens = (layer: number): TokenSource => {
  requireNumber("layerTokens", "layer", layer, count)
  return {
    title: `layer(${layer})`,
    width: (tower) => blocksOf(tower, layer).width,
    features: (tower, params, image, options) =>
      standardised(blocksOf(tower, layer).features(params, image, options)[layer - 1]!),
  }
}
