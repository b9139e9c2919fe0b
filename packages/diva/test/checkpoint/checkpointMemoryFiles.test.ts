import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { checkedParameters } from "../../src/checkpoint/checkpointFiles.ts"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import type { RunState } from "../../src/checkpoint/runState.ts"
import { fromTaskEither } from "../../src/fromEither.ts"
import { layerMemoryFiles, memoryFiles, type MemoryFiles } from "../files/memoryFiles.ts"

const stateAt = (update: number): RunState => {
  const array = { shape: [3], dtype: "f32", data: Float32Array.of(update, 2, 3) } as const
  return {
    update,
    rootKey: [0, 42],
    position: { epoch: 0, position: update },
    parameters: new Map([["class_model.model.visual.proj", array]]),
    optimizer: new Map([["momentum.class_model.model.visual.proj", array]]),
    settings: { batchSize: 2 },
  }
}

const folder = "/run/checkpoints"

const within = <A, E>(disk: MemoryFiles, use: Effect.Effect<A, E, Checkpoints>) =>
  use.pipe(Effect.provide(Checkpoints.layerFolder(folder, { keep: 2 })), Effect.provide(layerMemoryFiles(disk)))

const save = (update: number) => Effect.flatMap(Checkpoints, (checkpoints) => checkpoints.save(stateAt(update)))

const latest = Effect.flatMap(Checkpoints, (checkpoints) => checkpoints.latest)

/** Steps without the numbers of temporary names. */
const steps = ({ log }: MemoryFiles): readonly string[] =>
  log.map((step) => step.replaceAll(folder, "").replaceAll(/\.\d+\.\d+\.partial/g, ".partial"))

describe("checkpoints on a file system in memory", () => {
  it.effect("come back as they were saved, the newest two kept", () =>
    Effect.gen(function* () {
      const disk = memoryFiles()
      for (const update of [1, 2, 3]) yield* within(disk, save(update))
      const names = new Set([...disk.files.keys()].map((name) => name.split("/")[3]))
      assert.deepStrictEqual([...names].toSorted(), ["update-00000002", "update-00000003"])
      assert.deepStrictEqual(Option.getOrThrow(yield* within(disk, latest)).state, stateAt(3))
    }),
  )

  it.effect("exist by one rename of a hidden folder whose files and entries were flushed before", () =>
    Effect.gen(function* () {
      const disk = memoryFiles()
      yield* within(disk, save(1))
      const hidden = "/.update-00000001.partial"
      const written = ["parameters.safetensors", "optimizer.safetensors", "state.json"].flatMap((name) => [
        `write ${hidden}/.${name}.partial`,
        `sync ${hidden}/.${name}.partial`,
        `rename ${hidden}/.${name}.partial ${hidden}/${name}`,
        `sync ${hidden}`,
      ])
      assert.deepStrictEqual(steps(disk), [...written, `sync ${hidden}`, `rename ${hidden} /update-00000001`, "sync "])
    }),
  )

  it.effect("are left as they were by a save that finds the disk full", () =>
    Effect.gen(function* () {
      const disk = memoryFiles()
      yield* within(disk, save(1))
      const before = [...disk.files.keys()]
      disk.full.add("optimizer")
      const error = yield* Effect.flip(within(disk, save(2)))
      assert.strictEqual(error._tag, "StorageFull")
      assert.strictEqual(error.file, `${folder}/.update-00000002.partial/optimizer.safetensors`)
      assert.deepStrictEqual([...disk.files.keys()], before)
      assert.deepStrictEqual(Option.getOrThrow(yield* within(disk, latest)).state, stateAt(1))
    }),
  )

  it.effect("that are damaged give way to the one before", () =>
    Effect.gen(function* () {
      const disk = memoryFiles()
      for (const update of [1, 2]) yield* within(disk, save(update))
      const file = `${folder}/update-00000002/state.json`
      const text = new TextDecoder().decode(disk.files.get(file)).replace('"update": 2', '"update": "two"')
      disk.files.set(file, new TextEncoder().encode(text))
      const { state, rejected } = Option.getOrThrow(yield* within(disk, latest))
      assert.strictEqual(state.update, 1)
      assert.include(rejected[0]!.rule, "update")
    }),
  )

  const onlyDisk = memoryFiles()

  it.effect("give their parameters one by one, once these are found to be what was saved", () =>
    Effect.gen(function* () {
      yield* within(onlyDisk, save(1))
      const file = yield* checkedParameters(`${folder}/update-00000001`, "update-00000001")
      const name = "class_model.model.visual.proj"
      assert.deepStrictEqual([...file.entries.keys()], [name])
      const read = yield* fromTaskEither(file.read(name))
      assert.deepStrictEqual([...new Float32Array(read.bytes.slice().buffer)], [1, 2, 3])
    }).pipe(Effect.scoped, Effect.provide(layerMemoryFiles(onlyDisk))),
  )

  it.effect("whose parameters were changed are refused", () =>
    Effect.gen(function* () {
      const disk = memoryFiles()
      yield* within(disk, save(1))
      const bytes = disk.files.get(`${folder}/update-00000001/parameters.safetensors`)!
      bytes[bytes.length - 1]! ^= 1
      const checked = checkedParameters(`${folder}/update-00000001`, "update-00000001")
      const error = yield* Effect.flip(Effect.scoped(Effect.provide(checked, layerMemoryFiles(disk))))
      assert.strictEqual(error._tag, "CheckpointCorrupt")
    }),
  )
})
