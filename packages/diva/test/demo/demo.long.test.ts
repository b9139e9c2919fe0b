import { existsSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { demo } from "../../src/demo/demo.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import type { TrainEvent } from "../../src/train/observe/events.ts"
import { temporaryFolder } from "../train/folderRun.ts"

const slow = 240_000

describe("the demonstration", () => {
  it.live(
    "leaves data, checkpoint, manifest, metrics and a whole CLIP, and has the same losses the second time",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const events: TrainEvent[] = []
        const sinks = [(event: TrainEvent) => Effect.sync(() => void events.push(event))]
        const options = { folder, updates: 2, scenes: 24, sinks }
        const first = yield* demo(options)
        assert.strictEqual(first.updates, 2)
        assert.deepStrictEqual(
          first.metrics.map(({ update, losses }) => [update, losses.every((loss) => loss > 0.5 && loss < 3)]),
          [
            [1, true],
            [2, true],
          ],
        )
        // It says no more of random weights by pictures.
        const { pictures, ...written } = first.files
        assert.isFalse(existsSync(pictures))
        for (const file of [first.shard, ...Object.values(written)]) assert.isTrue(existsSync(file), file)
        const again = yield* demo(options)
        assert.notStrictEqual(again.folder, first.folder)
        assert.deepStrictEqual(
          again.metrics.map(({ losses }) => losses),
          first.metrics.map(({ losses }) => losses),
        )
        const tags = events.map(({ _tag }) => _tag)
        assert.deepStrictEqual(tags.slice(0, 5), ["started", "step", "step", "checkpointed", "finished"])
      }).pipe(Effect.provide(Gpu.layer())),
    slow,
  )
})
