import { Effect, Layer } from "effect"
import { Shards } from "../../src/data/index.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import { longConfig, tinyShardsOptions } from "./tinyRun.ts"

/** Trains in the folder named by the argument, on its `data.tar`, and prints the tag of every event as it happens. */
const [folder] = process.argv.slice(2)

await Effect.runPromise(
  trainInFolder({
    folder: folder!,
    config: longConfig,
    commandLine: process.argv,
    sinks: [(event) => Effect.sync(() => process.stdout.write(`${event._tag}\n`))],
  }).pipe(Effect.provide(Layer.merge(Gpu.layerInterpreter, Shards.layerTar(`${folder}/data.tar`, tinyShardsOptions)))),
)
