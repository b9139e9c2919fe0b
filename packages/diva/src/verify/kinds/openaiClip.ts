import { parseOpenaiClip, type ClipConfig } from "@diva/models"
import { Effect } from "effect"
import { fromEither } from "../../fromEither.ts"
import { configIn } from "../configBounds.ts"
import { configHas } from "../documentFields.ts"
import { runForwardCase, type ForwardModel } from "../forwardCase.ts"
import type { SupportedKind } from "../kind.ts"
import { clipForward } from "./clipForward.ts"

const modelOf = (config: ClipConfig): ForwardModel => ({
  ...clipForward(config, ({ images, texts, imageLogits, textLogits }) => ({
    encode_image: images,
    encode_text: texts,
    logits_per_image: imageLogits,
    logits_per_text: textLogits,
  })),
  // Published checkpoints carry three integers beside the weights.
  ignorable: ["input_resolution", "context_length", "vocab_size"],
})

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
