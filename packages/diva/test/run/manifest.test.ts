import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { Shards } from "../../src/data/index.ts"
import { dataHash } from "../../src/data/dataHash.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { openManifest, readManifest } from "../../src/run/manifest.ts"
import { contentHash } from "../../src/weights/namedArrays.ts"
import type { TrainEvent } from "../../src/train/observe/events.ts"
import { layerMemoryFiles, memoryFiles } from "../files/memoryFiles.ts"
import { temporaryFolder } from "../train/folderRun.ts"
import { tinyConfig, tinyShardsOptions, writeTinyShard } from "../train/tinyRun.ts"

const started = (from: number): TrainEvent => ({
  _tag: "started",
  updates: 4,
  from,
  imagesPerUpdate: 2,
  trainedParameters: 1,
  observers: [{ name: "checkpoints", every: 2 }],
  execution: { images: 1, draws: 1, recompute: ["unet"] },
})

const prepared = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const shard = join(folder, "data.tar")
  yield* writeTinyShard(shard)
  return { file: join(folder, "manifest.json"), shard }
})

const services = (shard: string) => Layer.merge(Gpu.layerInterpreter, Shards.layerTar(shard, tinyShardsOptions))

const launch = (file: string, from: number, exit: Exit.Exit<unknown, unknown>) =>
  Effect.gen(function* () {
    const { sink, complete } = yield* openManifest(file, tinyConfig, ["diva", "train"])
    yield* sink(started(from))
    yield* complete(exit)
  })

describe("a run's manifest", () => {
  it.effect.each(["{}", "null", '{"format":"diva-run","version":2,"launches":[]}', "{"])(
    "is not read from %s",
    (text) =>
      Effect.gen(function* () {
        const { file } = yield* prepared
        writeFileSync(file, text)
        const error = yield* Effect.flip(readManifest(file))
        assert.strictEqual(error._tag, "FileUnreadable")
        assert.strictEqual(error.file, file)
      }),
  )

  it.effect.each([
    ['"outcome": "finished"', '"outcome": "done"', "launches.0.outcome"],
    ['"isSoftware": true', '"isSoftware": "yes"', "launches.0.machine.isSoftware"],
    ['"settings"', '"setings"', "settings"],
    ['"shards": [', '"shards": 3, "rest": [', "data.shards"],
  ])("that somebody damaged is refused by file and field: %s", ([good, bad, field]) =>
    Effect.gen(function* () {
      const { file, shard } = yield* prepared
      yield* launch(file, 0, Exit.void).pipe(Effect.provide(services(shard)))
      const text = readFileSync(file, "utf8")
      assert.include(text, good!)
      writeFileSync(file, text.replaceAll(good!, bad!))
      const error = yield* Effect.flip(readManifest(file))
      assert.strictEqual(error._tag, "FileUnreadable")
      assert.strictEqual(error.file, file)
      assert.isTrue(error.rule.startsWith(`${field}: `), error.rule)
    }),
  )

  it.effect("is kept by the file system that the program is given", () =>
    Effect.gen(function* () {
      const { shard } = yield* prepared
      const disk = memoryFiles()
      disk.files.set(shard, readFileSync(shard))
      yield* launch("/run/manifest.json", 0, Exit.void).pipe(
        Effect.provide(services(shard)),
        Effect.provide(layerMemoryFiles(disk)),
      )
      assert.deepStrictEqual([...disk.files.keys()], [shard, "/run/manifest.json"])
      const manifest = yield* readManifest("/run/manifest.json").pipe(Effect.provide(layerMemoryFiles(disk)))
      assert.strictEqual(manifest?.launches[0]?.outcome, "finished")
    }),
  )

  it.effect("says what the run was made from: switches, seeds, hashes, machine, versions, command line", () =>
    Effect.gen(function* () {
      const { file, shard } = yield* prepared
      yield* launch(file, 0, Exit.void).pipe(Effect.provide(services(shard)))
      const manifest = (yield* readManifest(file))!
      assert.deepStrictEqual(manifest.settings["switches"], { ...tinyConfig.method.switches })
      assert.strictEqual(manifest.settings["seed"], 42)
      assert.deepStrictEqual(manifest.settings["execution"], { images: 1, draws: 1, recompute: ["unet"] })
      assert.strictEqual(manifest.settings["condition"], "randomPatches(7)")
      assert.strictEqual(manifest.weights.unet, contentHash(tinyConfig.weights.unet))
      assert.strictEqual(manifest.data.source, "tar shards")
      assert.strictEqual(manifest.data.over, "whole")
      assert.match(manifest.data.sha256, /^[0-9a-f]{64}$/)
      const [only] = manifest.launches
      assert.deepStrictEqual(only!.commandLine, ["diva", "train"])
      assert.strictEqual(only!.machine.architecture, "interpreter")
      assert.strictEqual(only!.versions["node"], process.versions.node)
      assert.match(only!.versions["effect"]!, /^4\./)
      assert.strictEqual(only!.outcome, "finished")
    }),
  )

  it.effect("is there while the run goes on, and tells how each of its launches ended", () =>
    Effect.gen(function* () {
      const { file, shard } = yield* prepared
      const open = openManifest(file, tinyConfig, []).pipe(Effect.provide(services(shard)))
      const { sink, complete } = yield* open
      yield* sink(started(0))
      assert.strictEqual((yield* readManifest(file))?.launches[0]?.outcome, "running")
      yield* complete(Exit.interrupt())
      yield* launch(file, 2, Exit.fail({ _tag: "DeviceLost" })).pipe(Effect.provide(services(shard)))
      const ends = (yield* readManifest(file))?.launches.map(({ outcome, error, update }) => [outcome, error, update])
      assert.deepStrictEqual(ends, [
        ["interrupted", undefined, 0],
        ["failed", "DeviceLost", 2],
      ])
    }),
  )

  it.effect.each([
    ["a byte-order mark and CRLF", (text: string) => Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`)],
    ["UTF-16, as PowerShell writes", (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le")],
  ] as const)("is read when an editor has saved it with %s", ([, saved]) =>
    Effect.gen(function* () {
      const { file, shard } = yield* prepared
      yield* launch(file, 0, Exit.void).pipe(Effect.provide(services(shard)))
      const manifest = yield* readManifest(file)
      writeFileSync(file, saved(readFileSync(file, "utf8")))
      assert.deepStrictEqual(yield* readManifest(file), manifest)
    }),
  )

  it.effect("does not touch the manifest of a run that it could not begin", () =>
    Effect.gen(function* () {
      const { file, shard } = yield* prepared
      const { complete } = yield* openManifest(file, tinyConfig, []).pipe(Effect.provide(services(shard)))
      yield* complete(Exit.fail("refused"))
      assert.isUndefined(yield* readManifest(file))
    }),
  )

  it.effect("knows data by content, not by path", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* prepared, yield* prepared]
      const summary = (file: string) => [{ file, bytes: 1024, samples: 6 }]
      const [a, b] = [yield* dataHash(summary(one.shard)), yield* dataHash(summary(other.shard))]
      assert.deepStrictEqual(a, b)
      assert.notDeepEqual(a, yield* dataHash([{ file: one.shard, bytes: 512, samples: 6 }]))
      const missing = yield* Effect.flip(dataHash(summary(join(one.shard, "..", "none.tar"))))
      assert.strictEqual(missing._tag, "FileUnreadable")
    }),
  )
})
