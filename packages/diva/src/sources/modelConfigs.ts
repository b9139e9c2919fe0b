import { Context, Effect, Layer } from "effect"
import type { FileError, ModelError, TokenizeError } from "@diva/models"
import type { ConfigInvalid } from "../files/configInvalid.ts"
import { readConfigs, type ConfigFiles, type RunModels } from "./readConfigs.ts"

/** Everything that reading configurations can fail by. */
export type ConfigsError = ConfigInvalid | FileError | ModelError | TokenizeError

/** Gives the configuration of every model of a run, and its constant prompts as ids. */
export class ModelConfigs extends Context.Service<
  ModelConfigs,
  { readonly models: Effect.Effect<RunModels, ConfigsError> }
>()("diva/sources/ModelConfigs") {
  /** Presets by name, JSON files, and the folder of the diffusion model. */
  static readonly layerFiles = (files: ConfigFiles) =>
    Layer.succeed(ModelConfigs, ModelConfigs.of({ models: readConfigs(files) }))
  /** Configurations in memory. */
  static readonly layerMemory = (models: RunModels) =>
    Layer.succeed(ModelConfigs, ModelConfigs.of({ models: Effect.succeed(models) }))
}
