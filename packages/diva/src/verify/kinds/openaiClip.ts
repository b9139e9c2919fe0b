import {
  clipLogits,
  clipParameters,
  clipTextTower,
  clipVisionTower,
  parseOpenaiClip,
  type ClipConfig,
} from "@diva/models"
import { transpose } from "@diva/tensor"
import { Effect } from "effect"
import { fromEither } from "../../fromEither.ts"
import { configIn } from "../configBounds.ts"
import { configHas } from "../documentFields.ts"
import { runForwardCase, type ForwardModel } from "../forwardCase.ts"
import type { SupportedKind } from "../kind.ts"

const modelOf = (config: ClipConfig): ForwardModel => {
  const [encodeImage, encodeText] = [clipVisionTower(config), clipTextTower(config)]
  return {
    parameters: clipParameters(config),
    // Published checkpoints carry three integers beside the weights.
    ignorable: ["input_resolution", "context_length", "vocab_size"],
    inputs: ["image", "ids"],
    describe: (params, { image, ids }, observe) => {
      const images = encodeImage(params, image!, { observe }).pooled
      const texts = encodeText(params, ids!, { observe })
      const logits = clipLogits(params, images, texts)
      return {
        encode_image: images,
        encode_text: texts,
        logits_per_image: logits,
        logits_per_text: transpose(logits),
      }
    },
  }
}

/** Both towers of openai/CLIP and their logits. */
export const openaiClip: SupportedKind = {
  name: "OpenAI CLIP",
  multiplies: true,
  accepts: (document) => configHas(document, "vision_patch_size") || configHas(document, "transformer_heads"),
  run: (found) =>
    Effect.gen(function* () {
      const config = yield* fromEither(parseOpenaiClip(yield* configIn(found, "config")))
      return yield* runForwardCase(found, modelOf(config))
    }),
}
