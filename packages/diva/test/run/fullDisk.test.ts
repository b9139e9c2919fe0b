import { execFileSync } from "node:child_process"
import { appendFileSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, type FileSystem } from "effect"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { Shards } from "../../src/data/index.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readMetrics } from "../../src/run/metricsFile.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import type { EventSink } from "../../src/train/events.ts"
import type { TrainConfig } from "../../src/train/trainConfig.ts"
import { diskFull, layerWatchedFiles } from "../files/watchedFiles.ts"
import { temporaryFolder } from "../train/folderRun.ts"
import { fingerprint, tinyConfig, tinyShardsOptions, writeTinyShard } from "../train/tinyRun.ts"

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

const train = (root: string, folder: string, sinks: readonly EventSink[] = []) =>
  trainInFolder({ folder, config, commandLine: [], sinks }).pipe(
    Effect.provide(Layer.merge(Gpu.layerInterpreter, Shards.layerTar(join(root, "data.tar"), tinyShardsOptions))),
  )

const latestIn = (folder: string) =>
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

describe("a full disk", () => {
  it.live(
    "ends a run with StorageFull wherever it is met, leaves the checkpoint before, and the run goes on later to the same bits",
    () =>
      Effect.gen(function* () {
        const root = yield* temporaryFolder
        yield* writeTinyShard(join(root, "data.tar"))
        const whole = fingerprint(yield* train(root, join(root, "whole")))
        // Writes of one checkpoint: a folder, three files of open, write, rename, and the folder's own rename.
        const places: readonly (readonly [string, number, number])[] = [
          ["update-00000002.partial", 1, 1],
          ["update-00000002.partial", 3, 1],
          ["update-00000002.partial", 6, 1],
          ["update-00000002.partial", 9, 1],
          ["metrics.jsonl", 4, 1],
          ["tensorboard", 4, 1],
          ["manifest.json", 1, 0],
        ]
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
})

/** A file system of 16 MB, where this process may mount one. */
const mounted = (): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), "diva-full-"))
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], { stdio: "ignore" })
    return folder
  } catch {
    return undefined
  }
}

const small = mounted()

/** Takes all room that is left. */
const fill = (folder: string): void => {
  const file = join(folder, "filler")
  for (const size of [2 ** 16, 1])
    try {
      for (;;) appendFileSync(file, new Uint8Array(size))
    } catch {
      // Full.
    }
}

describe("a file system of 16 MB", () => {
  it.live.skipIf(small === undefined)(
    "that fills up after a run's first checkpoint ends the run, which says so; what it saved before is whole",
    () =>
      Effect.gen(function* () {
        yield* Effect.addFinalizer(() => Effect.sync(() => execFileSync("umount", ["-l", small!])))
        const root = yield* temporaryFolder
        yield* writeTinyShard(join(root, "data.tar"))
        const folder = join(small!, "run")
        const filling: EventSink = ({ _tag }) => Effect.sync(() => void (_tag === "checkpointed" && fill(small!)))
        const error = yield* Effect.flip(train(root, folder, [filling]))
        assert.propertyVal(error, "_tag", "StorageFull")
        const { state, rejected } = Option.getOrThrow(yield* latestIn(folder))
        assert.strictEqual(state.update, 1)
        assert.deepStrictEqual(rejected, [])
      }),
  )
})
