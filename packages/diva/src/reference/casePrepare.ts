import { Effect } from "effect"
import type { HostArray } from "@diva/tensor"
import { clipParameters } from "@diva/models"
import type { Frozen, Trainable } from "../objective/microStep.ts"
import { Gpu, type HostOf } from "../gpu/gpu.ts"
import { specTree } from "../weights/specTree.ts"
import { arrayNamed, parameterArrays, type CaseData } from "./caseArrays.ts"
import { CaseUnusable, parseCaseManifest, type CaseManifest } from "./caseFields.ts"
import { caseImages } from "./caseImages.ts"
import { caseMethod, type CaseMethod } from "./caseModels.ts"
import { caseConstants, type ConstantsArguments, type GivenDraws } from "./casePrograms.ts"

/** Everything about a case that its steps read. */
export interface Prepared extends CaseMethod {
  readonly manifest: CaseManifest
  readonly data: CaseData
  readonly frozen: HostOf<Frozen>
  readonly initial: HostOf<Trainable>
  readonly classWeight: HostArray
}

/** Runs `read`, whose `CaseUnusable` becomes a typed failure. */
export const orUnusable = <A>(read: () => A): Effect.Effect<A, CaseUnusable> =>
  Effect.try({ try: read, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (cause instanceof CaseUnusable ? Effect.fail(cause) : Effect.die(cause))),
  )

const constantsOf = Effect.fnUntraced(function* (
  method: CaseMethod,
  { sd_text_ids: ids }: CaseManifest,
  data: CaseData,
) {
  const gpu = yield* Gpu
  const args: HostOf<ConstantsArguments> = yield* orUnusable(() => ({
    clip: parameterArrays(data.weights, "class_model.model.", clipParameters(method.configs.clip)),
    text: parameterArrays(data.prior, "text_encoder.", method.method.models.prior.text.parameters),
    ids: { shape: [1, ids.length], dtype: "i32" as const, data: Int32Array.from(ids) },
  }))
  const program = yield* gpu.compile(caseConstants(method), specTree<ConstantsArguments>(args), {
    name: "caseConstants",
  })
  return yield* Effect.flatMap(program.run(args), gpu.read)
}, Effect.scoped)

const initialOf = ({ method: { models } }: CaseMethod, { weights }: CaseData): HostOf<Trainable> => ({
  class_model: { model: parameterArrays(weights, "class_model.model.", models.image.parameters) },
  visual_proj: { weight: arrayNamed(weights, "visual_proj.weight"), bias: arrayNamed(weights, "visual_proj.bias") },
})

/** Builds the models of a case and picks its tensors. Errors: `CaseUnusable`, `ConfigInvalid`, any `TensorError`. */
export const prepare = Effect.fnUntraced(function* (document: unknown, data: CaseData) {
  const manifest = yield* parseCaseManifest(document)
  const method = yield* caseMethod(manifest)
  const { prior } = method.method.models
  const { textEmbedding, classWeight } = yield* constantsOf(method, manifest, data)
  return yield* orUnusable((): Prepared => ({
    ...method,
    manifest,
    data,
    classWeight,
    initial: initialOf(method, data),
    frozen: {
      unet: parameterArrays(data.prior, "unet.", prior.unet.parameters),
      vae: parameterArrays(data.prior, "vae.", prior.vae.parameters),
      textEmbedding,
    },
  }))
})

const drawsAt = ({ data: { draws }, manifest }: Prepared, step: number, micro: number): HostOf<readonly GivenDraws[]> =>
  Array.from({ length: manifest.trainer.train_steps }, (_, inner) => {
    const at = `step${step}.micro${micro}.inner${inner}`
    const indices = draws.get(`patch_indices.${at}`)
    return {
      timesteps: arrayNamed(draws, `timesteps.${at}`),
      noise: arrayNamed(draws, `noise.${at}`),
      ...(indices === undefined ? {} : { patch_indices: indices }),
    }
  })

/** Images and draws of a micro-batch: micro-batch m of step s takes images (s·A + m)·B … + B. */
export const inputsAt = (prepared: Prepared, step: number, micro: number) =>
  orUnusable(() => {
    const { batch_size: batch, gradient_accumulation_steps: accumulation } = prepared.manifest.trainer
    return {
      images: caseImages(prepared.data.images, (step * accumulation + micro) * batch, batch),
      draws: drawsAt(prepared, step, micro),
    }
  })
