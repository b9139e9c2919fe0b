import {
  dataOrderOf,
  demoShard,
  ModelConfigs,
  renderedScenes,
  rowNamed,
  sceneShards,
  Shards,
  Weights,
  type TrainSettings,
} from "@diva/diva"
import { Effect, Layer } from "effect"

/** Rendered scenes of `--demo-data`: enough for a few updates of any size. */
const demoScenes = 64

const dataOf = Effect.fnUntraced(function* ({ data = [], out, seed, "image-size": size, ...settings }: TrainSettings) {
  return settings["demo-data"] ? [yield* demoShard(out, demoScenes, seed, size)] : data
})

/** The data of a training. */
export const shardsOf = (settings: TrainSettings) => {
  const { "image-size": size, seed, "max-bad-rate": maxBadRate, truncated, workers } = settings
  const options = {
    size,
    seed,
    order: dataOrderOf(settings),
    maxBadRate,
    truncated,
    ...(workers === undefined ? {} : { workers }),
  }
  const named = settings["demo-data"] ? { ...options, source: renderedScenes } : options
  return Layer.unwrap(Effect.map(dataOf(settings), (data) => Shards.layerTar(data, named)))
}

/** A dry run writes no file: the same scenes, in memory. */
export const previewShardsOf = (settings: TrainSettings) => {
  const { "image-size": size, seed, out } = settings
  return settings["demo-data"] ? sceneShards({ folder: out, count: demoScenes, seed, size }) : shardsOf(settings)
}

/** The weights of a training. */
export const weightsOf = ({ clip, sd, ...settings }: TrainSettings) =>
  settings["synthetic-weights"] || clip === undefined || sd === undefined
    ? Weights.layerSynthetic
    : Weights.layerFiles({ clip, sd })

/** A run that says nothing of its CLIP takes what lies beside the weights. */
const saysNothing = ({ row, "clip-config": config, "synthetic-weights": synthetic }: TrainSettings): boolean =>
  row === undefined && config === undefined && !synthetic

/** The configurations of its models. */
export const configsOf = (settings: TrainSettings) =>
  ModelConfigs.layerFiles({
    clip: saysNothing(settings) ? settings.clip : undefined,
    clipConfig: settings["clip-config"] ?? rowNamed(settings),
    sd: settings.sd,
    sdConfig: settings["sd-config"],
  })
