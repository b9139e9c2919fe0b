import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readSkipped, skippedFile } from "../../src/run/skippedFile.ts"
import type { TrainEvent } from "../../src/train/observe/events.ts"
import { temporaryFolder } from "../train/folderRun.ts"

const started: TrainEvent = {
  _tag: "started",
  updates: 9,
  from: 0,
  imagesPerUpdate: 4,
  observers: [],
  trainedParameters: 10,
  execution: { images: 1, draws: 1, recompute: [] },
}

const skipped = (key: string): TrainEvent => ({
  _tag: "skippedSample",
  shard: "a.tar",
  key,
  reason: "cut off",
  skipped: 1,
})

const feed = (file: string, events: readonly TrainEvent[]) =>
  Effect.forEach(events, skippedFile(file), { discard: true })

describe("skipped.jsonl", () => {
  it.effect("lists file, key and reason of every sample once, whichever process met it", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "skipped.jsonl")
      yield* feed(file, [started, skipped("1"), skipped("2")])
      // What a killed process half wrote.
      appendFileSync(file, '{"file":"a.tar","ke')
      yield* feed(file, [started, skipped("2"), skipped("3")])
      const lines = yield* readSkipped(file)
      assert.deepStrictEqual(
        lines,
        ["1", "2", "3"].map((key) => ({ file: "a.tar", key, reason: "cut off" })),
      )
    }),
  )

  it.effect.each([
    ["null", "line 2: "],
    ['{"file":"a.tar","key":7,"reason":"cut off"}', "line 2: key: "],
    ['{"file":', "line 2: "],
  ])("that somebody damaged is refused by line and field: %s", ([line, problem]) =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "skipped.jsonl")
      yield* feed(file, [started, skipped("1")])
      appendFileSync(file, `${line}\n`)
      const error = yield* Effect.flip(readSkipped(file))
      assert.strictEqual(error._tag, "FileUnreadable")
      assert.isTrue(error.rule.startsWith(problem!), error.rule)
    }),
  )

  it.effect("is empty where nothing is skipped", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "skipped.jsonl")
      assert.deepStrictEqual(yield* readSkipped(file), [])
      yield* feed(file, [started])
      assert.deepStrictEqual(yield* readSkipped(file), [])
    }),
  )
})
