import { parseOpenClip, unitVectors, type ClipConfig } from "@diva/models"
import { exp } from "@diva/tensor"
import { Effect } from "effect"
import { fromEither } from "../../fromEither.ts"
import { configIn } from "../configBounds.ts"
import { configHas, recordIn } from "../documentFields.ts"
import type { Document } from "../findCases.ts"
import { runForwardCase, type ForwardModel } from "../forwardCase.ts"
import type { SupportedKind } from "../kind.ts"
import { clipForward } from "./clipForward.ts"

const modelOf = (config: ClipConfig): ForwardModel =>
  clipForward(config, ({ params, images, texts, imageLogits, textLogits }) => ({
    encode_image: images,
    encode_text: texts,
    image_features_normalized: unitVectors(images),
    text_features_normalized: unitVectors(texts),
    logit_scale_exp: exp(params["logit_scale"]!),
    image_logits: imageLogits,
    text_logits: textLogits,
  }))

const isTimm = (document: Document): boolean =>
  Object.hasOwn(recordIn(recordIn(document, "config") ?? {}, "vision_cfg") ?? {}, "timm_model_name")

const kindOf = (name: string, accepts: SupportedKind["accepts"]): SupportedKind => ({
  name,
  multiplies: true,
  accepts,
  run: (found) =>
    Effect.gen(function* () {
      const config = yield* fromEither(parseOpenClip(yield* configIn(found, "config")))
      return yield* runForwardCase(found, modelOf(config))
    }),
})

/** Both towers of OpenCLIP around a timm trunk, and their logits with bias. */
export const siglip = kindOf("SigLIP", (document) => configHas(document, "vision_cfg") && isTimm(document))

/** Both towers of OpenCLIP and their logits. */
export const openClip = kindOf("OpenCLIP", (document) => configHas(document, "vision_cfg"))
