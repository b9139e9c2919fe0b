import { Effect } from "effect"
import { parseOpenaiClip, parseSdText, parseUnet, parseVae, type ModelError } from "@diva/models"
import { randomPatches } from "../condition/randomPatches.ts"
import type { Condition } from "../condition/condition.ts"
import type { Method } from "../objective/method.ts"
import { divaModels, stableDiffusionNoise, type ModelConfigs } from "../objective/standardModels.ts"
import { referenceSwitches, type Switches } from "../objective/switches.ts"
import { fromEither } from "../fromEither.ts"
import { CaseUnusable, type CaseManifest } from "./caseFields.ts"

interface Flavour {
  readonly parseClip: typeof parseOpenaiClip
  readonly condition: Condition
  readonly textCombination: Switches["textCombination"]
}

/** Flavours this version computes; the rest of the zoo is refused by name. */
const flavours: Readonly<Record<string, Flavour>> = {
  openai: { parseClip: parseOpenaiClip, condition: randomPatches(76), textCombination: "perPosition" },
}

/** Flavours of cases that can be computed. */
export const supportedFlavours: readonly string[] = Object.keys(flavours)

const flavourOf = ({ flavour }: CaseManifest): Effect.Effect<Flavour, CaseUnusable> =>
  flavours[flavour] === undefined
    ? Effect.fail(
        new CaseUnusable({
          rule: `cases of flavour "${flavour}" are not computed by this version`,
          remedy: `use a case of ${supportedFlavours.join(" or ")}`,
        }),
      )
    : Effect.succeed(flavours[flavour])

/** The method and models a case describes. */
export interface CaseMethod {
  readonly method: Method
  readonly configs: ModelConfigs
}

/** Builds a case's models and method. Errors: `CaseUnusable` (other flavours), `ConfigInvalid`. */
export const caseMethod = Effect.fnUntraced(function* (
  manifest: CaseManifest,
): Effect.fn.Return<CaseMethod, CaseUnusable | ModelError> {
  const { parseClip, condition, textCombination } = yield* flavourOf(manifest)
  const { trainer } = manifest
  const configs: ModelConfigs = {
    clip: yield* fromEither(parseClip(manifest.clip_config)),
    unet: yield* fromEither(parseUnet(manifest.unet_config)),
    vae: yield* fromEither(parseVae(manifest.vae_config)),
    text: yield* fromEither(parseSdText(manifest.text_config)),
    noise: stableDiffusionNoise,
  }
  const switches: Switches = {
    ...referenceSwitches,
    trainSteps: trainer.train_steps,
    clipNorm: trainer.max_grad_norm,
    textCombination,
  }
  const accumulation = trainer.gradient_accumulation_steps
  return { method: { models: divaModels(configs), condition, switches, accumulation }, configs }
})
