import { appendFileSync, chmodSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { metricsFile, readMetrics } from "../../src/run/metricsFile.ts"
import type { TrainEvent } from "../../src/train/observe/events.ts"
import { layerMemoryFiles, memoryFiles } from "../files/memoryFiles.ts"
import { temporaryFolder } from "../train/folderRun.ts"

const started = (from: number): TrainEvent => ({
  _tag: "started",
  updates: 9,
  from,
  imagesPerUpdate: 4,
  observers: [],
  trainedParameters: 10,
  execution: { images: 1, draws: 1, recompute: [] },
})

const step = (update: number): TrainEvent => ({
  _tag: "step",
  update,
  updates: 9,
  losses: [1.5, 1.25],
  loss: 1.25,
  learningRate: 1e-4,
  gradientNorm: 2,
  seconds: 0.5,
  eta: 3,
})

const feed = (file: string, events: readonly TrainEvent[]) =>
  Effect.forEach(events, metricsFile(file), { discard: true })

const updatesIn = (file: string) => Effect.map(readMetrics(file), (lines) => lines.map(({ update }) => update))

describe("metrics.jsonl", () => {
  it.effect("holds one line of JSON for every step", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "metrics.jsonl")
      yield* feed(file, [started(0), step(1), step(2)])
      const [line] = readFileSync(file, "utf8").split("\n")
      assert.deepStrictEqual(JSON.parse(line!), {
        update: 1,
        loss: 1.25,
        losses: [1.5, 1.25],
        learningRate: 1e-4,
        gradientNorm: 2,
        seconds: 0.5,
      })
      assert.deepStrictEqual(yield* updatesIn(file), [1, 2])
    }),
  )

  it.effect("holds the regularisers' penalties too, where there are any, and gives them back", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "metrics.jsonl")
      yield* feed(file, [started(0), step(1), { ...step(2), penalties: [0.25, 0.5] } as TrainEvent])
      assert.deepStrictEqual(
        (yield* readMetrics(file)).map(({ penalties }) => penalties),
        [undefined, [0.25, 0.5]],
      )
    }),
  )

  it.effect("loses what came after the checkpoint a run resumes from, so that no update is in it twice", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "metrics.jsonl")
      yield* feed(file, [started(0), step(1), step(2), step(3)])
      appendFileSync(file, '{"update":4,"los')
      yield* feed(file, [started(2), step(3), step(4)])
      assert.deepStrictEqual(yield* updatesIn(file), [1, 2, 3, 4])
    }),
  )

  it.effect("that somebody damaged is refused by line and field, at a resume too", () =>
    Effect.gen(function* () {
      const disk = memoryFiles()
      const file = "/run/metrics.jsonl"
      const work = Effect.gen(function* () {
        yield* feed(file, [started(0), step(1), step(2)])
        const text = new TextDecoder().decode(disk.files.get(file))
        const damage = (bad: string) => disk.files.set(file, new TextEncoder().encode(bad))
        damage(text.replace('"update":2,"loss":1.25', '"update":2,"loss":"low"'))
        const error = yield* Effect.flip(readMetrics(file))
        assert.strictEqual(error.file, file)
        assert.match(error.rule, /^line 2: loss: /)
        assert.deepStrictEqual(yield* Effect.flip(feed(file, [started(2)])), error)
        damage(`{"update":1\n${text}`)
        assert.match((yield* Effect.flip(readMetrics(file))).rule, /^line 1: /)
      })
      yield* work.pipe(Effect.provide(layerMemoryFiles(disk)))
    }),
  )

  it.effect("begins anew with a new run", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "metrics.jsonl")
      yield* feed(file, [started(0), step(1), started(0)])
      assert.strictEqual(readFileSync(file, "utf8"), "")
    }),
  )

  it.effect("that cannot be written is a typed error with a remedy", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFileSync(join(folder, "file"), "")
      chmodSync(join(folder, "file"), 0o444)
      const error = yield* Effect.flip(feed(join(folder, "file", "metrics.jsonl"), [step(1)]))
      assert.strictEqual(error._tag, "FileUnwritable")
      assert.isAbove(error.remedy.length, 0)
    }),
  )
})
