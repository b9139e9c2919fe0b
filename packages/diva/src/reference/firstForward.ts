import { sliceAxis, type Tensor } from "@diva/tensor"
import type { Params } from "@diva/models"
import { classLogits, classWeight } from "../objective/classWeight.ts"
import { innerPass } from "../objective/innerPass.ts"
import { latentOf, projectionOf } from "../objective/microStep.ts"
import { normalisePixels } from "../objective/pixels.ts"
import { clipImage } from "../objective/towerImage.ts"
import { vaeImage } from "../objective/vaeImage.ts"
import type { DrawArguments } from "../train/config/drawSource.ts"
import type { MachineProgram } from "../train/machine/machineRun.ts"
import { givenDraws } from "./caseDraws.ts"
import type { CaseManifest } from "./caseFields.ts"
import type { CaseMethod } from "./caseModels.ts"

export interface FirstForwardArguments {
  /** Packed, as `packPixels` gives them. */
  readonly pixels: Tensor
  readonly draws: DrawArguments
  /** The whole CLIP, whose text tower gives the classifier weight. */
  readonly clip: Params
}

/** Every intermediate quantity of the first inner draw, under the names of `expected_first_forward`, and the classifier weight. */
export const firstForward = (
  { method, configs }: CaseMethod,
  manifest: CaseManifest,
  edge: number,
): MachineProgram<FirstForwardArguments, Readonly<Record<string, Tensor>>> => ({
  name: "firstForward",
  describe: ({ trainable, frozen }, { pixels, draws, clip }) => {
    const images = normalisePixels(pixels, edge)
    const resized = clipImage(method, images)
    const features = method.tokens.features(method.models.image, trainable.class_model.model, resized)
    const latent = latentOf(method, frozen.vae, images)
    const weight = classWeight(configs.clip, clip)
    const pass = innerPass(
      method,
      { features, projection: projectionOf(trainable, frozen) },
      { latent, textEmbedding: frozen.textEmbedding, unet: frozen.unet },
      givenDraws(manifest, draws).slice(0, 1),
    )
    return {
      discrimi_image: resized,
      renormed_image: vaeImage(images, method.switches.vaeInput),
      latent,
      noised_latent: pass.noised,
      class_text_embedding: frozen.textEmbedding,
      image_features: pass.retained,
      visual_proj_out: pass.projected,
      context: pass.context,
      logits: classLogits(pass.retained, weight),
      pred_noise: sliceAxis(pass.predicted, 0, 0, latent.shape[0]!),
      classWeight: weight,
    }
  },
})
