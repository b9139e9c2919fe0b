import type { NamedWeights } from "./weightArray.ts"

/** The weights of every model, under the checkpoint names of each. */
export interface ModelWeights {
  /** CLIP, `visual.…` at least. */
  readonly clip: NamedWeights
  /** `weight` and `bias` of the projection of visual tokens. */
  readonly visualProjection: NamedWeights
  readonly unet: NamedWeights
  readonly vae: NamedWeights
  readonly text: NamedWeights
}
