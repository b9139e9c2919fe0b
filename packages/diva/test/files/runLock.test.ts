import { spawnSync } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { holdRun, lockHolder } from "../../src/files/runLock.ts"
import { temporaryFolder } from "../train/folderRun.ts"

describe("the lock of a run's folder", () => {
  it.effect("keeps a second process out, and goes with its scope", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* holdRun(folder)
          assert.strictEqual((yield* lockHolder(folder))?.pid, process.pid)
          const error = yield* Effect.flip(Effect.scoped(holdRun(folder)))
          assert.strictEqual(error._tag, "RunLocked")
          assert.include(error.remedy, "--out")
        }),
      )
      assert.isFalse(existsSync(join(folder, "run.lock")))
      yield* Effect.scoped(holdRun(folder))
    }),
  )

  it.effect("of a process that was killed is taken over, also where it was killed while writing", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { pid } = spawnSync(process.execPath, ["-e", ""])
      for (const left of [JSON.stringify({ pid, host: hostname(), since: "then" }), '{"pid":', "null"]) {
        writeFileSync(join(folder, "run.lock"), left)
        assert.isUndefined(yield* lockHolder(folder))
        yield* Effect.scoped(holdRun(folder))
      }
    }),
  )

  it.effect("of another machine is believed", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      writeFileSync(join(folder, "run.lock"), JSON.stringify({ pid: 1, host: "elsewhere", since: "then" }))
      const error = yield* Effect.flip(Effect.scoped(holdRun(folder)))
      assert.include(error.rule, "elsewhere")
    }),
  )
})
