import type { ClipConfig, ClipRow, ImagePreset, ModelError } from "@diva/models"
import {
  imagePresets,
  openaiArguments,
  openClipConfigs,
  parseNoiseSchedule,
  parseOpenaiClip,
  parseOpenClip,
  parseSdText,
  parseUnet,
  parseVae,
  stableDiffusionConfigs,
} from "@diva/models"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { pipe } from "fp-ts/lib/function.js"
import { allPatches } from "../condition/allPatches.ts"
import { averagePool } from "../condition/averagePool.ts"
import type { Condition } from "../condition/condition.ts"
import { randomPatches } from "../condition/randomPatches.ts"
import type { ConfigSet } from "../objective/standardModels.ts"

/** A diffusion model that DIVA trains against. */
export type PriorName = keyof typeof stableDiffusionConfigs

/** One of the eight image–text models DIVA was published for, with what its training differs in. */
export interface Row {
  readonly name: ClipRow
  /** The name in the paper's tables. */
  readonly title: string
  /** Which tokens the diffusion model sees. The text embedding joins them as `textCombination` "byCondition" says. */
  readonly condition: Condition
  /** How pictures become its input at evaluation; training normalises every row's by OpenAI's statistics. */
  readonly evaluation: ImagePreset
  readonly clip: Either<ModelError, ClipConfig>
}

type Described = Pick<Row, "title" | "condition">

/** Source: spec of the method §3; DIVA condition/*.py, the variants of other resolutions from their commented lines. */
const described: Readonly<Record<ClipRow, Described>> = {
  "openai-l14-224": { title: "OpenAI ViT-L-14", condition: randomPatches(76) },
  "openai-l14-336": { title: "OpenAI ViT-L-14", condition: randomPatches(76) },
  "metaclip-l14-224": { title: "MetaCLIP ViT-L-14", condition: allPatches },
  "metaclip-h14-224": { title: "MetaCLIP ViT-H-14", condition: allPatches },
  "siglip-so400m-14-224": { title: "SigLIP ViT-SO-14", condition: averagePool(6) },
  "siglip-so400m-14-384": { title: "SigLIP ViT-SO-14", condition: averagePool(10) },
  "dfn-h14-224": { title: "DFN ViT-H-14", condition: allPatches },
  "dfn-h14-378": { title: "DFN ViT-H-14", condition: randomPatches({ share: 0.5 }) },
}

const isOpenai = (name: ClipRow): name is keyof typeof openaiArguments => Object.hasOwn(openaiArguments, name)

const clipOf = (name: ClipRow): Row["clip"] =>
  isOpenai(name) ? parseOpenaiClip(openaiArguments[name]) : parseOpenClip(openClipConfigs[name])

/** Names of the rows, in the order of the paper. */
export const rowNames = Object.keys(described) as readonly ClipRow[]

/** Names of the diffusion models. */
export const priorNames = Object.keys(stableDiffusionConfigs) as readonly PriorName[]

/** Whether a text names a row. */
export const isRowName = (name: string): name is ClipRow => Object.hasOwn(described, name)

/** A row by its name. */
export const rowOf = (name: ClipRow): Row => ({
  name,
  ...described[name],
  evaluation: imagePresets[name],
  clip: clipOf(name),
})

/** Every model of a row's training against a published diffusion model. */
export const rowConfigs = (name: ClipRow, prior: PriorName = "sd-2-1-base"): Either<ModelError, ConfigSet> => {
  const { unet, vae, text_encoder: text, scheduler } = stableDiffusionConfigs[prior]
  return pipe(
    E.Do,
    E.apS("clip", clipOf(name)),
    E.apS("unet", parseUnet(unet)),
    E.apS("vae", parseVae(vae)),
    E.apS("text", parseSdText(text)),
    E.apS("noise", parseNoiseSchedule(scheduler)),
  )
}
