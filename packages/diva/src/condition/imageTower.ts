import type { Tensor } from "@diva/tensor"
import type { ChannelStatistics, ModelOptions, Parameter, Params } from "@diva/models"
import type { ImageFeatures } from "./condition.ts"

/** The image tower that is trained, as the method sees it. */
export interface ImageTower {
  /** Its name in manifests. */
  readonly title: string
  /** Its parameters, named as in CLIP's checkpoints: `visual.…`. */
  readonly parameters: readonly Parameter[]
  /** Edge of its square input, pixels. */
  readonly imageSize: number
  /** The statistics its pixels were normalised by when it was made; OpenAI's where it says none. */
  readonly statistics?: ChannelStatistics
  /** Width of a token after the final projection. */
  readonly width: number
  /** x: [batch, 3, imageSize, imageSize] → global token and patch tokens. */
  readonly features: (params: Params, image: Tensor, options?: ModelOptions) => ImageFeatures
  /** The tokens inside, for token sources that look there: how many blocks, how wide their tokens, and what each hands on. */
  readonly blocks?: {
    readonly count: number
    readonly width: number
    readonly features: (params: Params, image: Tensor, options?: ModelOptions) => readonly ImageFeatures[]
  }
}
