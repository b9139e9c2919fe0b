import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../train/folderRun.ts"
import { bytesPerUpdate, longRun } from "./weekLongRun.ts"

it.live(
  "a run of a thousand updates holds no more memory at its end than at its beginning, and writes what the docs say",
  () =>
    Effect.gen(function* () {
      const folder = join(yield* temporaryFolder, "run")
      const found = yield* longRun(folder, 1000, 100)
      assert.isBelow(found.grown, 3e6)
      assert.isBelow(found.metrics, bytesPerUpdate.metrics)
      assert.isBelow(found.tensorboard, bytesPerUpdate.tensorboard)
      assert.isBelow(found.manifest, 20_000)
      // The newest two, and the first of those that are equally good.
      assert.sameMembers([...found.checkpoints], ["update-00000100", "update-00000900", "update-00001000"])
    }),
  120_000,
)
