import { Effect } from "effect"
import { clipParameters, clipVisionParameters, initialise, type Parameter } from "@diva/models"
import type { ConfigSet } from "../objective/standardModels.ts"
import { towerTokens } from "../condition/tokenSource.ts"
import type { DivaModels } from "../objective/divaModels.ts"
import type { Method } from "../objective/method.ts"
import { linearProjection } from "../objective/projection.ts"
import type { ModelWeights } from "./modelWeights.ts"
import type { NamedArrays } from "./namedArrays.ts"
import type { LazyArray, NamedWeights } from "./weightArray.ts"

/**
 * A fresh projection of visual tokens, a function of the seed alone: what the method's projection says, the original's (weight
 * [contextWidth, width] and bias [contextWidth] uniform in ±1/√width) by default.
 */
export const initialProjection = (
  { image, prior }: DivaModels,
  seed: number,
  { projection = linearProjection, tokens = towerTokens }: Partial<Pick<Method, "projection" | "tokens">> = {},
): NamedArrays => new Map(Object.entries(projection.initial(tokens.width(image), prior.unet.contextWidth, seed)))

const fresh = (parameters: readonly Parameter[], seed: number): NamedArrays =>
  new Map(Object.entries(initialise(parameters, seed)))

/** A CLIP's parameters, those of the image tower that is trained in place of its own: the same but for a tower of one's own. */
const clipAndTower = ({ clip }: ConfigSet, { image }: DivaModels): readonly Parameter[] => {
  const ownTower = new Set(clipVisionParameters(clip).map(({ name }) => name))
  return [...image.parameters, ...clipParameters(clip).filter(({ name }) => !ownTower.has(name))]
}

/** Random weights of every model of a run, in memory. */
export type InitialWeights = { readonly [Model in keyof ModelWeights]: NamedArrays }

/** Every model's parameters drawn from a seed of their own, all of them functions of one. */
const drawnBy = <Weights>(
  draw: (parameters: readonly Parameter[], seed: number) => Weights,
  configs: ConfigSet,
  models: DivaModels,
  seed: number,
) => ({
  clip: draw(clipAndTower(configs, models), seed),
  visualProjection: initialProjection(models, seed),
  unet: draw(models.prior.unet.parameters, seed + 1),
  vae: draw(models.prior.vae.parameters, seed + 2),
  text: draw(models.prior.text.parameters, seed + 3),
})

/** Random weights of every model of a run, a function of the seed: for demonstrations and tests. */
export const initialWeights = (configs: ConfigSet, models: DivaModels, seed: number): InitialWeights =>
  drawnBy(fresh, configs, models, seed)

const lazy = (parameters: readonly Parameter[], seed: number): NamedWeights =>
  new Map(
    parameters.map((declared) => {
      const { name, shape } = declared
      const load = Effect.sync(() => initialise([declared], seed)[name]!)
      return [name, { shape, dtype: "f32", load, recipe: `initialise, seed ${seed}` } satisfies LazyArray]
    }),
  )

/**
 * The numbers of `initialWeights`, each tensor made when it is wanted: models of any size without weights of theirs in host
 * memory. Manifests hold their recipe in place of their content.
 */
export const syntheticWeights = (configs: ConfigSet, models: DivaModels, seed: number): ModelWeights =>
  drawnBy(lazy, configs, models, seed)
