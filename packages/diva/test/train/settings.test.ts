import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Shards } from "../../src/data/index.ts"
import { settingsDiffer, settingsOf } from "../../src/train/config/settings.ts"
import { tinyConfig, tinyShards } from "./tinyRun.ts"

const settings = Effect.map(Shards, ({ manifest }) => settingsOf(tinyConfig, manifest))

describe("settings of a run that is resumed", () => {
  it.effect("are those of a version that did not have a switch yet, where the switch keeps to its default", () =>
    Effect.gen(function* () {
      const now = yield* settings
      const { projectionWarmup: _, ...switches } = tinyConfig.method.switches
      const before = { ...now, switches }
      assert.isUndefined(settingsDiffer(before, now))
      const warmed = { ...now, switches: { ...switches, projectionWarmup: 2 } }
      assert.deepStrictEqual(settingsDiffer(before, warmed)?.settings, ["switches.projectionWarmup"])
    }).pipe(Effect.provide(tinyShards)),
  )

  it.effect("that differ in one are told by that one alone, with both values", () =>
    Effect.gen(function* () {
      const now = yield* settings
      const { optimisation } = now as { readonly optimisation: Readonly<Record<string, number>> }
      const differ = settingsDiffer(now, { ...now, optimisation: { ...optimisation, updates: 9 } })
      assert.deepStrictEqual(differ?.settings, ["optimisation.updates"])
      assert.include(differ?.rule, "optimisation.updates 4, now 9")
    }).pipe(Effect.provide(tinyShards)),
  )
})
