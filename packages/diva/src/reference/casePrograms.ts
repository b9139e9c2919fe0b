import type { Tensor } from "@diva/tensor"
import type { Params } from "@diva/models"
import { classLogits, classWeight } from "../objective/classWeight.ts"
import { givenIndices, type InnerDraws } from "../objective/draws.ts"
import { innerPass } from "../objective/innerPass.ts"
import { clipImage, latentOf, microStep, projectionOf, type MicroStepInputs } from "../objective/microStep.ts"
import { vaeImage } from "../objective/vaeImage.ts"
import type { CaseMethod } from "./caseModels.ts"

/** The random numbers of one inner draw as a case's files give them. */
export interface GivenDraws {
  /** i32 [batch] */
  readonly timesteps: Tensor
  readonly noise: Tensor
  /** i32 [batch, count]; absent where the flavour draws no patches. */
  readonly patch_indices?: Tensor
}

export interface CaseStepArguments extends MicroStepInputs {
  readonly draws: readonly GivenDraws[]
}

const innerDraws = ({ timesteps, noise, patch_indices }: GivenDraws): InnerDraws => ({
  timesteps,
  noise,
  draw: givenIndices(patch_indices === undefined ? [] : [patch_indices]),
})

/** A micro-step with the case's draws. */
export const caseMicroStep =
  ({ method }: CaseMethod) =>
  ({ draws, ...inputs }: CaseStepArguments) =>
    microStep(method, inputs, () => draws.map(innerDraws))

export interface FirstForwardArguments extends Omit<CaseStepArguments, "gradientSum"> {
  /** The class token's classifier weight, [1, width]. */
  readonly classWeight: Tensor
}

/** Every intermediate quantity of the first inner draw, under the names of `expected_first_forward`. */
export const firstForward =
  ({ method }: CaseMethod) =>
  ({ trainable, frozen, images, draws, classWeight: weight }: FirstForwardArguments) => {
    const resized = clipImage(method, images)
    const features = method.models.image.features(trainable.class_model.model, resized)
    const latent = latentOf(method, frozen.vae, images)
    const pass = innerPass(
      method,
      { features, projection: projectionOf(trainable, frozen) },
      { latent, textEmbedding: frozen.textEmbedding, unet: frozen.unet },
      [innerDraws(draws[0]!)],
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
      pred_noise: pass.predicted,
    }
  }

export interface ConstantsArguments {
  readonly clip: Params
  readonly text: Params
  readonly ids: Tensor
}

/** What never changes in a run: the text embedding and the classifier weight. */
export const caseConstants =
  ({ method, configs }: CaseMethod) =>
  ({ clip, text, ids }: ConstantsArguments) => ({
    textEmbedding: method.models.prior.text.hidden(text, ids),
    classWeight: classWeight(configs.clip, clip),
  })
