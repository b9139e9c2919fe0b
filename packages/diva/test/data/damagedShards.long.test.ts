import { expect, test } from "vitest"
import { damages } from "./damage.ts"
import { leastGood, readDamaged } from "./damagedShards.ts"

const perKind = 50

test.each(Object.keys(damages))(
  "%s, fifty times: no crash, no good sample lost, the counts add up",
  async (kind) => {
    for (let seed = 100; seed < 100 + perKind; seed++) {
      const outcome = await readDamaged(kind, seed)
      expect(outcome.good, `seed ${seed}`).toBeGreaterThanOrEqual(leastGood(outcome))
      expect(outcome.good + outcome.bad).toBe(outcome.total)
    }
  },
  300_000,
)
