import { Effect } from "effect"
import { pipe } from "fp-ts/lib/function.js"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { type Mapped, type Spec, type Tensor, fillTree, isSpec, leavesOf } from "@diva/tensor"
import { checkNames, shapesOf, type NamesMismatch, type Parameter } from "@diva/models"
import type { Method } from "../../objective/method.ts"
import type { Trainable } from "../../objective/microStep.ts"
import type { OptimizerState } from "../../objective/update.ts"
import { fromEither } from "../../fromEither.ts"
import { projectionParameters } from "../plan/microProgram.ts"
import { optimizerSpecs } from "../plan/updateProgram.ts"
import { inHalf, type WeightArray, type NamedWeights, type WeightsOf } from "../../weights/weightArray.ts"
import type { ModelWeights } from "../../weights/modelWeights.ts"
import type { TrainConfig } from "../config/trainConfig.ts"

const towerPrefix = "class_model.model."
const projectionPrefix = "visual_proj."

type Named = Readonly<Record<string, WeightArray>>

/** Weights in the structure of `Trainable`. */
export type TrainableWeights = WeightsOf<Trainable>

const check = (
  model: string,
  parameters: readonly Parameter[],
  entries: NamedWeights,
): Either<NamesMismatch, unknown> => checkNames(shapesOf(parameters), { file: `weights of the ${model}`, entries })

const towerOf = (clip: NamedWeights): NamedWeights => new Map([...clip].filter(([name]) => name.startsWith("visual.")))

/** Compares every model's parameters with the weights given for it, strictly both ways. Errors: `NamesMismatch`. */
export const checkWeights = (method: Method, weights: ModelWeights): Either<NamesMismatch, ModelWeights> => {
  const { models } = method
  return pipe(
    check("CLIP image tower", models.image.parameters, towerOf(weights.clip)),
    E.chain(() => check("visual projection", projectionParameters(method), weights.visualProjection)),
    E.chain(() => check("UNet", models.prior.unet.parameters, weights.unet)),
    E.chain(() => check("VAE", models.prior.vae.parameters, weights.vae)),
    E.chain(() => check("text encoder", models.prior.text.parameters, weights.text)),
    E.map(() => weights),
  )
}

const pick = (arrays: NamedWeights, parameters: readonly Parameter[]): Named =>
  Object.fromEntries(parameters.map(({ name }) => [name, arrays.get(name)!]))

const projectionIn = (method: Method, { visualProjection }: ModelWeights) => ({
  visual_proj: pick(visualProjection, projectionParameters(method)),
})

const trainsProjection = ({ method }: TrainConfig): boolean => method.switches.visualProjection === "trained"

/** The tree a run trains, of checked weights. */
export const trainableTree = (config: TrainConfig, weights = config.weights): TrainableWeights => ({
  class_model: { model: pick(weights.clip, config.method.models.image.parameters) },
  ...(trainsProjection(config) ? projectionIn(config.method, weights) : {}),
})

const stored = ({ frozenStorage }: TrainConfig, weights: Named): Named =>
  frozenStorage === "f16"
    ? Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, inHalf(array)]))
    : weights

const readsInitial = ({ method: { regularisers } }: TrainConfig): boolean =>
  regularisers.some((each) => each.readsInitial)

/** The tree a run reads and never changes, without the text embedding that is computed once. */
export const frozenTree = (config: TrainConfig) => {
  const { prior } = config.method.models
  return {
    unet: stored(config, pick(config.weights.unet, prior.unet.parameters)),
    vae: stored(config, pick(config.weights.vae, prior.vae.parameters)),
    ...(trainsProjection(config) ? {} : projectionIn(config.method, config.weights)),
    ...(readsInitial(config) ? { initial: trainableTree(config).class_model.model } : {}),
  }
}

const renamed = <A>(tree: object, prefix: string): readonly (readonly [string, A])[] =>
  Object.entries(tree).map(([name, array]: readonly [string, A]) => [prefix + name, array])

/** The leaves under the names of the original's checkpoints: `class_model.model.visual.…`, `visual_proj.…`. */
export const flatten = <A extends Spec>({
  class_model,
  visual_proj,
}: Mapped<Trainable, Tensor, A>): ReadonlyMap<string, A> =>
  new Map([...renamed<A>(class_model.model, towerPrefix), ...renamed<A>(visual_proj ?? {}, projectionPrefix)])

const under = (arrays: NamedWeights, prefix: string): NamedWeights =>
  new Map([...arrays].flatMap(([name, array]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), array]] : [])))

/** The tree of arrays saved under those names. Errors: `NamesMismatch`. */
export const unflatten = (config: TrainConfig, arrays: NamedWeights): Either<NamesMismatch, TrainableWeights> => {
  const weights = {
    ...config.weights,
    clip: under(arrays, towerPrefix),
    visualProjection: under(arrays, projectionPrefix),
  }
  return pipe(
    check("checkpoint's image tower", config.method.models.image.parameters, weights.clip),
    E.chain(() =>
      trainsProjection(config)
        ? check("checkpoint's visual projection", projectionParameters(config.method), weights.visualProjection)
        : E.right(undefined),
    ),
    E.map(() => trainableTree(config, weights)),
  )
}

/** The optimizer's state from its saved arrays. Errors: `NamesMismatch` for those of another optimizer. */
export const optimizerTree = (
  config: TrainConfig,
  arrays: NamedWeights,
): Effect.Effect<WeightsOf<OptimizerState>, NamesMismatch> => {
  const specs = optimizerSpecs(config)
  const wanted = Object.fromEntries(leavesOf(specs, isSpec).map(({ path, leaf }) => [path, leaf.shape]))
  const checked = checkNames(wanted, { file: "the checkpoint's optimizer", entries: arrays })
  return Effect.map(fromEither(checked), () => fillTree(specs, isSpec, arrays) as WeightsOf<OptimizerState>)
}
