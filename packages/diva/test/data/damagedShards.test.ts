import { expect, test } from "vitest"
import { damages } from "./damage.ts"
import { leastGood, readDamaged } from "./damagedShards.ts"

test("there are twenty kinds of damage", () => expect(Object.keys(damages)).toHaveLength(20))

test.each(Object.keys(damages))("%s costs the sample it hits and no other, and the counts add up", async (kind) => {
  for (const seed of [1, 2]) {
    const outcome = await readDamaged(kind, seed)
    expect(outcome.good, `seed ${seed}`).toBeGreaterThanOrEqual(leastGood(outcome))
    expect(outcome.good + outcome.bad).toBe(outcome.total)
  }
})
