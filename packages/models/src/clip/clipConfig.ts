import type { TextConfig, TextPooling } from "../text/textConfig.ts"
import type { VisionConfig } from "../vit/visionConfig.ts"

/** A contrastive image–text model: two towers that end in vectors of one width. */
export interface ClipConfig {
  /** Whose names the checkpoint uses: openai/CLIP's (OpenCLIP's are the same), or OpenCLIP with an image tower of timm. */
  readonly family: "openai" | "openclip" | "timm"
  readonly vision: VisionConfig
  readonly text: TextConfig & { readonly pooling: TextPooling; readonly projectionBias: boolean }
  /** Width of the image and text vectors. */
  readonly embedWidth: number
  /** First value of the additive term of the logits; undefined where the model has none. */
  readonly logitBias: number | undefined
}
