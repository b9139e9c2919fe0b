import { test } from "vitest"
import { configDamages, readDamagedConfig } from "./damagedConfigs.ts"
import { expectConfig } from "./expectConfig.ts"

const perKind = 50

test.each(Object.keys(configDamages))(
  "%s, fifty times: no crash, and the same, something valid, or what is wrong",
  async (kind) => {
    for (let seed = 100; seed < 100 + perKind; seed++) expectConfig(kind, seed, await readDamagedConfig(kind, seed))
  },
  300_000,
)
