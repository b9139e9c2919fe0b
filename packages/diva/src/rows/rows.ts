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
import { endPadded, stableDiffusionPrompts } from "../train/config/promptIds.ts"
import type { PromptIds } from "../train/config/trainConfig.ts"

/** A diffusion model that DIVA trains against. */
export type PriorName = keyof typeof stableDiffusionConfigs

/** A published diffusion model: its configurations, and the constant prompts in its vocabulary. */
export interface Prior extends Omit<ConfigSet, "clip"> {
  readonly name: string
  readonly promptIds: PromptIds
}

/** One of the eight image–text models DIVA was published for, with what its training differs in. */
export interface Row {
  readonly name: ClipRow
  /** The name in the paper's tables. */
  readonly title: string
  /** Which tokens the diffusion model sees. The text embedding joins them as `textCombination` "byCondition" says. */
  readonly condition: Condition
  /** How pictures become its input at evaluation; training normalises every row's by OpenAI's statistics. */
  readonly evaluation: ImagePreset
  readonly clip: ClipConfig
  /** The diffusion model it trains against. */
  readonly prior: Prior
}

/** How a manifest names a row and the diffusion model it trains against. */
export interface RowIdentity extends Pick<Row, "name" | "title"> {
  /** Absent in manifests that name rows alone. */
  readonly prior?: string
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

const clipOf = (name: ClipRow): Either<ModelError, ClipConfig> =>
  isOpenai(name) ? parseOpenaiClip(openaiArguments[name]) : parseOpenClip(openClipConfigs[name])

/** Names of the rows, in the order of the paper. */
export const rowNames = Object.keys(described) as readonly ClipRow[]

/** Names of the diffusion models. */
export const priorNames = Object.keys(stableDiffusionConfigs) as readonly PriorName[]

/** Whether a text names a row. */
export const isRowName = (name: string): name is ClipRow => Object.hasOwn(described, name)

const priorOf = (name: PriorName): Either<ModelError, Prior> => {
  const { unet, vae, text_encoder: text, scheduler } = stableDiffusionConfigs[name]
  return pipe(
    E.Do,
    E.apS("unet", parseUnet(unet)),
    E.apS("vae", parseVae(vae)),
    E.apS("text", parseSdText(text)),
    E.apS("noise", parseNoiseSchedule(scheduler)),
    E.map((configs) => ({
      name,
      ...configs,
      promptIds: name === "sd-1-4" ? endPadded(stableDiffusionPrompts) : stableDiffusionPrompts,
    })),
  )
}

/** The presets of this package are read as files are; one that could not be would be a defect of it. */
const preset = <A>(read: Either<ModelError, A>): A =>
  E.getOrElse((error: ModelError): A => {
    throw new Error(`a preset cannot be read: ${error.rule}`)
  })(read)

/** The published diffusion models by name. */
export const priors = Object.fromEntries(priorNames.map((name) => [name, preset(priorOf(name))])) as Readonly<
  Record<PriorName, Prior>
>

/** The published models by name: values that one can change, `{ ...rows["openai-l14-224"], condition: allPatches }`. */
export const rows = Object.fromEntries(
  rowNames.map((name): readonly [ClipRow, Row] => [
    name,
    {
      name,
      ...described[name],
      evaluation: imagePresets[name],
      clip: preset(clipOf(name)),
      prior: priors["sd-2-1-base"],
    },
  ]),
) as Readonly<Record<ClipRow, Row>>

/** A row by its name. */
export const rowOf = (name: ClipRow): Row => rows[name]

/** Every model of a row's training, against its own diffusion model or another. */
export const rowConfigs = (name: ClipRow, prior: PriorName = "sd-2-1-base"): ConfigSet =>
  configsOf({ ...rows[name], prior: priors[prior] })

/** Every model of a row's training. */
export const configsOf = ({ clip, prior: { unet, vae, text, noise } }: Pick<Row, "clip" | "prior">): ConfigSet => ({
  clip,
  unet,
  vae,
  text,
  noise,
})
