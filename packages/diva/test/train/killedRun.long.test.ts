import { spawn } from "node:child_process"
import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { parseSafetensors } from "@diva/models"
import * as E from "fp-ts/lib/Either.js"
import { Shards } from "../../src/data/index.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readManifest } from "../../src/run/manifest.ts"
import { readMetrics } from "../../src/run/metricsFile.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { temporaryFolder } from "./folderRun.ts"
import { fingerprint, longConfig, tinyShardsOptions, writeTinyShard } from "./tinyRun.ts"

/** Five processes load and train one after another. */
const slow = 180_000

const child = join(import.meta.dirname, "trainChild.ts")

/** Starts the training process, kills it (SIGKILL) when it has printed `count` events, and gives how it ended. */
const runUntil = (folder: string, count: number) =>
  Effect.callback<{ readonly signal: string | null; readonly output: string }>((resume) => {
    const running = spawn(process.execPath, [child, folder], { stdio: ["ignore", "pipe", "inherit"] })
    let output = ""
    running.stdout.on("data", (piece: Buffer) => {
      output += piece.toString()
      if (output.split("\n").length > count) running.kill("SIGKILL")
    })
    running.on("exit", (_code, signal) => resume(Effect.succeed({ signal, output })))
  })

const prepared = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  mkdirSync(folder, { recursive: true })
  yield* writeTinyShard(join(folder, "data.tar"))
  return folder
})

const train = (folder: string) =>
  trainInFolder({ folder, config: longConfig, commandLine: ["train"] }).pipe(
    Effect.provide(Layer.merge(Gpu.layerInterpreter, Shards.layerTar(join(folder, "data.tar"), tinyShardsOptions))),
  )

describe("a run that is killed", () => {
  it.live(
    "goes on from its last checkpoint and ends with the bits of a run that was never stopped",
    () =>
      Effect.gen(function* () {
        const whole = yield* train(yield* prepared)
        const folder = yield* prepared
        for (const events of [4, 2, 6]) {
          const { signal, output } = yield* runUntil(folder, events)
          assert.strictEqual(signal, "SIGKILL")
          assert.include(output, "started")
        }
        const between = yield* Effect.flatMap(Checkpoints, ({ latest }) => latest).pipe(
          Effect.provide(Checkpoints.layerFolder(runFiles(folder).checkpoints)),
        )
        assert.isAbove(Option.getOrThrow(between).state.update, 2)
        const resumed = yield* train(folder)
        assert.strictEqual(fingerprint(resumed), fingerprint(whole))
        const lines = yield* readMetrics(runFiles(folder).metrics)
        assert.deepStrictEqual(
          lines.map(({ update }) => update),
          Array.from({ length: 12 }, (_, i) => i + 1),
        )
        const manifest = yield* readManifest(runFiles(folder).manifest)
        assert.deepStrictEqual(
          manifest?.launches.map(({ outcome }) => outcome),
          ["running", "running", "running", "finished"],
        )
        const clip = E.getOrElseW(() => undefined)(parseSafetensors(readFileSync(runFiles(folder).clip)))
        assert.deepStrictEqual(
          [...(clip?.tensors.keys() ?? [])].toSorted(),
          [...longConfig.weights.clip.keys()].toSorted(),
        )
      }),
    slow,
  )
})
