import { expect, test } from "vitest"
import { configDamages, readDamagedConfig } from "./damagedConfigs.ts"
import { expectConfig } from "./expectConfig.ts"

test("there are twenty kinds of damage to configurations", () => expect(Object.keys(configDamages)).toHaveLength(20))

test.each(Object.keys(configDamages))(
  "a configuration with %s says the same, something valid, or what is wrong",
  async (kind) => {
    for (const seed of [1, 2, 3, 4]) expectConfig(kind, seed, await readDamagedConfig(kind, seed))
  },
)
