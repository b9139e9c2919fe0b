import { Context, Effect, Layer, type Scope } from "effect"
import type { WeightsError } from "@diva/models"
import type { Method } from "../objective/method.ts"
import type { ConfigSet } from "../objective/standardModels.ts"
import { initialProjection, syntheticWeights } from "../weights/initialWeights.ts"
import type { ModelWeights } from "../weights/modelWeights.ts"
import { readWeights, type WeightFiles } from "./readWeights.ts"

/** What weights are for. */
export interface WeightsWanted {
  readonly configs: ConfigSet
  readonly method: Pick<Method, "models" | "projection" | "tokens">
  /** What is drawn is drawn from this: the projection of visual tokens always is. */
  readonly seed: number
}

/** Gives the weights that a run begins with. */
export class Weights extends Context.Service<
  Weights,
  {
    /** Errors: those of weight files. What it opens stays open until the scope ends. */
    readonly modelWeights: (wanted: WeightsWanted) => Effect.Effect<ModelWeights, WeightsError, Scope.Scope>
  }
>()("diva/sources/Weights") {
  /** Files of any format, read tensor by tensor when they are wanted. */
  static readonly layerFiles = (files: WeightFiles) =>
    Layer.succeed(
      Weights,
      Weights.of({
        modelWeights: ({ method, seed }) =>
          Effect.map(readWeights(files), (weights) => ({
            ...weights,
            visualProjection: initialProjection(method.models, seed, method),
          })),
      }),
    )
  /** Random numbers of the models' names and shapes, made when they are wanted. */
  static readonly layerSynthetic = Layer.succeed(
    Weights,
    Weights.of({
      modelWeights: ({ configs, method, seed }) =>
        Effect.succeed({
          ...syntheticWeights(configs, method.models, seed),
          visualProjection: initialProjection(method.models, seed, method),
        }),
    }),
  )
  /** Weights in memory; a projection of their own is used, another drawn. */
  static readonly layerMemory = (
    weights: Omit<ModelWeights, "visualProjection"> & Partial<Pick<ModelWeights, "visualProjection">>,
  ) =>
    Layer.succeed(
      Weights,
      Weights.of({
        modelWeights: ({ method, seed }) =>
          Effect.succeed({
            ...weights,
            visualProjection: weights.visualProjection ?? initialProjection(method.models, seed, method),
          }),
      }),
    )
}
