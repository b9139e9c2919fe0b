import { Effect } from "effect"
import {
  nearestName,
  parseOpenaiClip,
  parseOpenClip,
  parseSdText,
  parseUnet,
  parseVae,
  type ModelError,
} from "@diva/models"
import { allPatches } from "../condition/allPatches.ts"
import { averagePool } from "../condition/averagePool.ts"
import { textMean, textPerPosition, type TextCombination } from "../condition/combineText.ts"
import type { Condition } from "../condition/condition.ts"
import { randomPatches } from "../condition/randomPatches.ts"
import { fromEither } from "../fromEither.ts"
import { referenceMethod, type Method } from "../objective/method.ts"
import { divaModels, stableDiffusionNoise, type ConfigSet } from "../objective/standardModels.ts"
import { referenceSwitches, type Switches } from "../objective/switches.ts"
import { CaseUnusable, type CaseManifest } from "./caseFields.ts"

interface Flavour {
  readonly parseClip: typeof parseOpenaiClip
  readonly condition: Condition
  readonly textCombination: TextCombination
}

const openClip = (condition: Condition): Flavour => ({
  parseClip: parseOpenClip,
  condition,
  textCombination: textMean,
})

/** What the original's flavours differ in. Source: spec of the method §3. */
const flavours: Readonly<Record<string, Flavour>> = {
  openai: { parseClip: parseOpenaiClip, condition: randomPatches(76), textCombination: textPerPosition },
  metaclip: openClip(allPatches),
  dfn224: openClip(allPatches),
  dfn378: openClip(randomPatches({ share: 0.5 })),
  siglip6: openClip(averagePool(6)),
  siglip10: openClip(averagePool(10)),
}

/** Flavours of cases that can be computed. */
export const supportedFlavours: readonly string[] = Object.keys(flavours)

const unknownFlavour = (flavour: string): CaseUnusable => {
  const nearest = nearestName(flavour, supportedFlavours)
  return new CaseUnusable({
    rule: `there is no flavour "${flavour}"`,
    remedy: nearest === undefined ? `flavours are ${supportedFlavours.join(", ")}` : `did you mean "${nearest}"?`,
  })
}

/** The method and models a case describes. */
export interface CaseMethod {
  readonly method: Method
  readonly configs: ConfigSet
}

const switchesOf = ({ trainer }: CaseManifest): Switches => ({
  ...referenceSwitches,
  trainSteps: trainer.train_steps,
  clipNorm: trainer.max_grad_norm,
  referenceAccumulation: trainer.gradient_accumulation_steps,
})

/** Builds a case's models and method. Errors: `CaseUnusable` (unknown flavours), `ConfigInvalid`. */
export const caseMethod = Effect.fnUntraced(function* (
  manifest: CaseManifest,
): Effect.fn.Return<CaseMethod, CaseUnusable | ModelError> {
  const flavour = Object.hasOwn(flavours, manifest.flavour) ? flavours[manifest.flavour]! : undefined
  if (flavour === undefined) return yield* unknownFlavour(manifest.flavour)
  const { parseClip, ...varied } = flavour
  const configs: ConfigSet = {
    clip: yield* fromEither(parseClip(manifest.clip_config)),
    unet: yield* fromEither(parseUnet(manifest.unet_config)),
    vae: yield* fromEither(parseVae(manifest.vae_config)),
    text: yield* fromEither(parseSdText(manifest.text_config)),
    noise: stableDiffusionNoise,
  }
  const { batch_size: batch, gradient_accumulation_steps: accumulation } = manifest.trainer
  const method: Method = {
    ...referenceMethod(divaModels(configs)),
    ...varied,
    switches: switchesOf(manifest),
    imagesPerUpdate: batch * accumulation,
  }
  return { method, configs }
})
