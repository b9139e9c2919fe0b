import { existsSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { openSafetensors } from "@diva/models"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { Shards } from "../../src/data/index.ts"
import { fromTaskEither } from "../../src/fromEither.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { runFiles, unfinishedClip } from "../../src/run/runFiles.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import { temporaryFolder } from "./folderRun.ts"
import { tinyConfig, tinyShardsOptions, writeTinyShard } from "./tinyRun.ts"

it.live("a run that is interrupted leaves a whole CLIP, which goes when the run is finished", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const shard = join(folder, "tiny.tar")
    yield* writeTinyShard(shard)
    const stepped = yield* Deferred.make<void>()
    const run = { folder: join(folder, "run"), config: tinyConfig, commandLine: [] }
    const tell = ({ _tag }: { readonly _tag: string }) =>
      _tag === "step" ? Effect.asVoid(Deferred.succeed(stepped, undefined)) : Effect.void
    const services = Layer.merge(Gpu.layerInterpreter, Shards.layerTar(shard, tinyShardsOptions))
    yield* Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(trainInFolder({ ...run, sinks: [tell] }))
      yield* Deferred.await(stepped)
      yield* Fiber.interrupt(fiber)
      const { entries, close } = yield* fromTaskEither(openSafetensors(unfinishedClip(run.folder)))
      yield* Effect.promise(close)
      assert.sameMembers([...entries.keys()], [...tinyConfig.weights.clip.keys()])
      assert.isFalse(existsSync(runFiles(run.folder).clip))
      yield* trainInFolder(run)
      assert.isTrue(existsSync(runFiles(run.folder).clip))
      assert.isFalse(existsSync(unfinishedClip(run.folder)))
    }).pipe(Effect.provide(services))
  }).pipe(Effect.scoped),
)
