import { assert, describe, it } from "@effect/vitest"
import { constantSchedule, cosineSchedule, linearSchedule } from "../../src/train/config/schedule.ts"
import { referenceOptimisation } from "../../src/train/config/trainConfig.ts"

const rates = (schedule: (update: number) => number, updates: readonly number[]) =>
  updates.map((update) => Number((schedule(update) * 1e4).toFixed(4)))

describe("the learning rate", () => {
  it("of the reference rises over 23 of 4600 updates and falls along a half cosine to nothing", () => {
    const schedule = referenceOptimisation.schedule(4600)
    assert.deepStrictEqual(rates(schedule, [0, 23]), [0, 1])
    assert.closeTo(schedule(23 + (4600 - 23) / 2) / schedule(23), 0.5, 1e-9)
    assert.isBelow(schedule(4599), 1e-10)
  })

  it("falls as its schedule says: by a cosine, a line, or not at all", () => {
    const middles = [cosineSchedule, linearSchedule, constantSchedule].map((make) => make(1e-4, 0)(100))
    assert.deepStrictEqual(
      middles.map((each) => rates(each, [0, 25, 75])),
      [
        [1, 0.8536, 0.1464],
        [1, 0.75, 0.25],
        [1, 1, 1],
      ],
    )
  })
})
