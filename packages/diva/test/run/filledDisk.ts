import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, type FileSystem } from "effect"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { Shards } from "../../src/data/index.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readMetrics } from "../../src/run/metricsFile.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import type { EventSink } from "../../src/train/observe/events.ts"
import type { TrainConfig } from "../../src/train/config/trainConfig.ts"
import { diskFull, layerWatchedFiles } from "../files/watchedFiles.ts"
import { temporaryFolder } from "../train/folderRun.ts"
import { fingerprint, tinyConfig, tinyShardsOptions, writeTinyShard } from "../train/tinyRun.ts"
import { undisturbedBits } from "../train/undisturbedRun.ts"

const config: TrainConfig = { ...tinyConfig, checkpointEvery: 1 }

const isWrite = (call: string): boolean => !call.startsWith("read") && call !== "sync" && call !== "remove"

/** Fails every write from the nth on whose path holds `part`, those before go through. */
const fullFrom = (part: string, first: number) => {
  let writes = 0
  return layerWatchedFiles((call, path) =>
    Effect.suspend(() =>
      isWrite(call) && path.includes(part) && ++writes >= first ? Effect.fail(diskFull(call, path)) : Effect.void,
    ),
  )
}

/** Trains in a folder on the shard beside it. */
const train = (root: string, folder: string, sinks: readonly EventSink[] = []) =>
  trainInFolder({ folder, config, commandLine: [], sinks }).pipe(
    Effect.provide(Layer.merge(Gpu.layerInterpreter, Shards.layerTar(join(root, "data.tar"), tinyShardsOptions))),
  )

/** The error by which a run in a folder, told to these sinks, ends. */
export const errorOf = (
  root: string,
  folder: string,
  sinks: readonly EventSink[],
): Effect.Effect<{ readonly _tag: string }, unknown> => Effect.flip(train(root, folder, sinks))

/** The newest checkpoint of a run. */
export const latestIn = (folder: string) =>
  Effect.flatMap(Checkpoints, ({ latest }) => latest).pipe(
    Effect.provide(Checkpoints.layerFolder(runFiles(folder).checkpoints)),
  )

/** Runs into a full disk, then goes on with room; gives the error, what was saved by then, and the end. */
const filled = Effect.fnUntraced(function* (root: string, name: string, disk: Layer.Layer<FileSystem.FileSystem>) {
  const folder = join(root, name)
  const error = yield* Effect.flip(train(root, folder).pipe(Effect.provide(disk)))
  const saved = Option.map(yield* latestIn(folder), ({ state, rejected }) => {
    assert.deepStrictEqual(rejected, [], "what was saved is whole")
    return state.update
  })
  const state = yield* train(root, folder)
  const lines = yield* readMetrics(runFiles(folder).metrics)
  assert.deepStrictEqual(
    lines.map(({ update }) => update),
    [1, 2, 3, 4],
  )
  return { error, saved: Option.getOrElse(saved, () => 0), bits: fingerprint(state) }
})

/** A file that fills the disk: part of its path, the write that fails, the update that must be saved by then. */
export type Place = readonly [part: string, write: number, saved: number]

/** Tests that a disk which is full from each of these places on ends a run without harm. */
export const testFullDisk = (places: readonly Place[]): void =>
  it.live(
    `a full disk ends a run with StorageFull at any of ${places.length} places, leaves the checkpoint before, and the run goes on later to the same bits`,
    () =>
      Effect.gen(function* () {
        const root = yield* temporaryFolder
        yield* writeTinyShard(join(root, "data.tar"))
        const whole = yield* undisturbedBits
        for (const [i, [part, write, saved]] of places.entries()) {
          const name = `${part}-${write}`
          const found = yield* filled(root, `run-${i}`, fullFrom(part, write))
          assert.propertyVal(found.error, "_tag", "StorageFull", name)
          assert.isAtLeast(found.saved, saved, name)
          assert.strictEqual(found.bits, whole, name)
        }
      }),
    240_000,
  )
