import type { Weights } from "./weightArray.ts"

/** The weights of every model, under the checkpoint names of each. */
export interface ModelWeights {
  /** CLIP, `visual.…` at least. */
  readonly clip: Weights
  /** `weight` and `bias` of the projection of visual tokens. */
  readonly visualProjection: Weights
  readonly unet: Weights
  readonly vae: Weights
  readonly text: Weights
}
