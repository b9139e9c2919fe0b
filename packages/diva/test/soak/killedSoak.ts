import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../train/folderRun.ts"
import { soak } from "./soak.ts"

/** Tests that a run killed so many times leaves what one leaves that was never killed. */
export const testKills = (kills: number, updates: number): void =>
  it.live(
    `a run that is killed ${kills} times while it trains, writes and evaluates leaves what one leaves that was never killed`,
    () =>
      Effect.gen(function* () {
        const root = join(yield* temporaryFolder, "soak")
        const { deaths, bits, whole, broken } = yield* soak({ root, kills, updates, seed: 3 })
        assert.strictEqual(
          Object.values(deaths).reduce((sum, count) => sum + count, 0),
          kills,
        )
        assert.strictEqual(bits.broken, bits.whole)
        assert.deepStrictEqual(broken, whole)
        assert.strictEqual(whole.state, "finished")
      }),
    240_000,
  )
