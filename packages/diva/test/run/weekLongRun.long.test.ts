import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../train/folderRun.ts"
import { bytesPerUpdate, longRun } from "./weekLongRun.ts"

it.live("a run of a hundred thousand updates holds no more memory at its end than after a fifth of them", () =>
  Effect.gen(function* () {
    const folder = join(yield* temporaryFolder, "run")
    const found = yield* longRun(folder, 100_000, 200)
    assert.isBelow(found.grown, 3e6)
    assert.isBelow(found.metrics, bytesPerUpdate.metrics)
    assert.isBelow(found.tensorboard, bytesPerUpdate.tensorboard)
    assert.isBelow(found.manifest, 20_000)
    assert.lengthOf(found.checkpoints, 3)
  }),
)
