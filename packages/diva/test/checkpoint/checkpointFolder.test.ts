import { execFileSync } from "node:child_process"
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import * as fc from "fast-check"
import type { HostArray } from "@diva/tensor"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import type { RunState } from "../../src/checkpoint/runState.ts"
import { temporaryFolder } from "../train/folderRun.ts"

const array = (values: readonly number[]): HostArray => ({
  shape: [values.length],
  dtype: "f32",
  data: Float32Array.from(values),
})

const stateAt = (update: number, values: readonly number[] = [1, 2, 3]): Omit<RunState, "measures"> => ({
  update,
  rootKey: [0, 42],
  position: { epoch: 0, position: 2 * update },
  parameters: new Map([["class_model.model.visual.proj", array(values)]]),
  optimizer: new Map([["momentum.class_model.model.visual.proj", array(values.map((value) => -value))]]),
  settings: { batchSize: 2, switches: { loss: "mse" } },
})

const within = <A, E>(folder: string, use: Effect.Effect<A, E, Checkpoints>, keep = 2) =>
  use.pipe(Effect.provide(Checkpoints.layerFolder(folder, { keep })))

const save = (update: number) => Effect.flatMap(Checkpoints, ({ save }) => save(stateAt(update)))

const latest = Effect.flatMap(Checkpoints, (checkpoints) => checkpoints.latest)

/** Saves states of these smoothed losses after updates 1, 2, …, and gives what is left. */
const rotated = (losses: readonly number[], keepBest: string, keep = 1) =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const best: (string | undefined)[] = []
    yield* Effect.gen(function* () {
      const checkpoints = yield* Checkpoints
      for (const [i, loss] of losses.entries()) {
        const scores = { "MMVP/stock": 100 - loss, "MMVP/diva openai": loss }
        yield* checkpoints.save({ ...stateAt(i + 1), measures: { loss: { sum: loss, weight: 1 }, scores } })
        best.push(Option.getOrUndefined(yield* checkpoints.best))
      }
    }).pipe(Effect.provide(Checkpoints.layerFolder(folder, { keep, keepBest })))
    const kept = readdirSync(folder)
      .toSorted()
      .map((id) => Number(id.slice(-2)))
    return { folder, kept, best: best.map((id) => Number(id?.slice(-2))) }
  })

const damage = (file: string, how: "truncate" | "flip" | "remove") => {
  if (how === "remove") return rmSync(file)
  if (how === "truncate") return truncateSync(file, readFileSync(file).byteLength - 3)
  const bytes = readFileSync(file)
  bytes[bytes.byteLength - 1]! ^= 1
  return writeFileSync(file, bytes)
}

const files = ["state.json", "parameters.safetensors", "optimizer.safetensors"] as const

describe("checkpoints in a folder", () => {
  it.effect("gives back exactly what was saved, for any numbers", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const values = fc.sample(fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 9 }), 20)
      for (const [i, each] of values.entries()) {
        const state = stateAt(i, each.map(Math.fround))
        yield* within(
          folder,
          Effect.flatMap(Checkpoints, (checkpoints) => checkpoints.save(state)),
        )
        const found = Option.getOrThrow(yield* within(folder, latest))
        assert.deepStrictEqual(found.state, state)
        assert.deepStrictEqual(found.rejected, [])
      }
    }),
  )

  it.effect("is empty before the first save", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      assert.isTrue(Option.isNone(yield* within(folder, latest)))
    }),
  )

  it.effect("keeps the newest and removes the rest", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      for (const update of [9, 10, 100_000_000]) yield* within(folder, save(update))
      assert.deepStrictEqual(readdirSync(folder).toSorted(), ["update-00000010", "update-100000000"])
    }),
  )

  for (const how of ["truncate", "flip", "remove"] as const)
    for (const file of files)
      it.effect(`uses the one before when ${file} is damaged: ${how}`, () =>
        Effect.gen(function* () {
          const folder = yield* temporaryFolder
          yield* within(folder, Effect.andThen(save(1), save(2)))
          damage(join(folder, "update-00000002", file), how === "flip" && file === "state.json" ? "truncate" : how)
          const found = Option.getOrThrow(yield* within(folder, latest))
          assert.strictEqual(found.id, "update-00000001")
          assert.deepStrictEqual(
            found.rejected.map(({ _tag, id }) => [_tag, id]),
            [["CheckpointCorrupt", "update-00000002"]],
          )
        }),
      )

  it.effect("fails, rather than start anew, when checkpoints are there and none can be read", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* within(folder, save(1))
      damage(join(folder, "update-00000001", "parameters.safetensors"), "flip")
      const error = yield* Effect.flip(within(folder, latest))
      assert.strictEqual(error._tag, "CheckpointCorrupt")
      assert.include(error.remedy, "restore the folder")
    }),
  )

  it.effect("takes no notice of what a crash left half written", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* within(folder, save(1))
      for (const id of ["update-00000002", "update-00000007"]) {
        mkdirSync(join(folder, `.${id}.partial`))
        appendFileSync(join(folder, `.${id}.partial`, "parameters.safetensors"), "half")
      }
      assert.strictEqual(Option.getOrThrow(yield* within(folder, latest)).id, "update-00000001")
      yield* within(folder, save(2))
      assert.deepStrictEqual(readdirSync(folder).toSorted(), ["update-00000001", "update-00000002"])
    }),
  )

  it.effect("finds a state that stepped aside for one saved again which never came, and none when it came", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [id, aside] = ["update-00000001", ".update-00000001.replaced"]
      yield* within(folder, save(1), 1)
      renameSync(join(folder, id), join(folder, aside))
      assert.strictEqual(Option.getOrThrow(yield* within(folder, latest, 1)).id, id)
      yield* within(folder, save(1), 1)
      assert.deepStrictEqual(readdirSync(folder), [id])
    }),
  )

  it.effect("keeps the one of the lowest smoothed loss besides the newest, the earlier of two as low", () =>
    Effect.gen(function* () {
      const { kept, best } = yield* rotated([5, 3, 4, 3, 6], "loss", 2)
      assert.deepStrictEqual(kept, [2, 4, 5])
      assert.deepStrictEqual(best, [1, 2, 2, 2, 2])
    }),
  )

  it.effect("keeps the one of the highest score: of a name, or of the first on a set", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* rotated([5, 3, 4, 9, 6], "MMVP/diva openai")).kept, [4, 5])
      assert.deepStrictEqual((yield* rotated([5, 3, 4, 9, 6], "MMVP")).kept, [2, 5])
    }),
  )

  it.effect("has no best where nothing of that name was measured", () =>
    Effect.gen(function* () {
      const { kept, best } = yield* rotated([5, 3, 4], "ImageNet")
      assert.deepStrictEqual(kept, [3])
      assert.isTrue(best.every(Number.isNaN))
    }),
  )

  it.effect("gives measures back, and takes the next best where the description of the best is damaged", () =>
    Effect.gen(function* () {
      const { folder } = yield* rotated([5, 1, 3, 9], "loss", 3)
      const latestOne = Option.getOrThrow(yield* within(folder, latest))
      assert.deepStrictEqual(latestOne.state.measures?.loss, { sum: 9, weight: 1 })
      damage(join(folder, "update-00000002", "state.json"), "truncate")
      const best = Effect.flatMap(Checkpoints, (checkpoints) => checkpoints.best)
      const found = yield* best.pipe(Effect.provide(Checkpoints.layerFolder(folder, { keepBest: "loss" })))
      assert.strictEqual(Option.getOrThrow(found), "update-00000003")
    }),
  )

  it.effect("reports a full disk as StorageFull and keeps what was there", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* within(folder, save(1))
      // A file-size limit of 8 KiB stands in for a full disk: the system refuses the write with EFBIG.
      const script = join(import.meta.dirname, "saveLarge.ts")
      const output = execFileSync("sh", ["-c", `ulimit -f 16; exec "$0" "$@"`, process.execPath, script, folder])
      assert.strictEqual(output.toString().trim(), "StorageFull")
      assert.deepStrictEqual(readdirSync(folder), ["update-00000001"])
    }),
  )
})
