import { clipLogits, clipParameters, clipTextTower, clipVisionTower, type ClipConfig, type Params } from "@diva/models"
import { transpose, type Tensor } from "@diva/tensor"
import type { ForwardModel } from "../forwardCase.ts"

/** What both towers give of pictures and texts, and the products of all with all. */
export interface ClipOutputs {
  readonly params: Params
  readonly images: Tensor
  readonly texts: Tensor
  readonly imageLogits: Tensor
  readonly textLogits: Tensor
}

/** Both towers of a CLIP under test; `named`: its outputs as the case calls them. */
export const clipForward = (
  config: ClipConfig,
  named: (outputs: ClipOutputs) => Readonly<Record<string, Tensor>>,
): ForwardModel => {
  const [encodeImage, encodeText] = [clipVisionTower(config), clipTextTower(config)]
  return {
    parameters: clipParameters(config),
    inputs: ["image", "ids"],
    describe: (params, { image, ids }, observe) => {
      const images = encodeImage(params, image!, { observe }).pooled
      const texts = encodeText(params, ids!, { observe })
      const imageLogits = clipLogits(params, images, texts)
      return named({ params, images, texts, imageLogits, textLogits: transpose(imageLogits) })
    },
  }
}
