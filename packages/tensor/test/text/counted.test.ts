import { expect, it } from "vitest"
import { agreeing, counted } from "../../src/index.ts"

it("one thing is singular, none and several are plural, thousands are grouped", () => {
  expect([0, 1, 2, 1200].map((count) => counted(count, "shard"))).toEqual([
    "0 shards",
    "1 shard",
    "2 shards",
    "1,200 shards",
  ])
  expect([1, 2].map((count) => counted(count, "dispatch", "dispatches"))).toEqual(["1 dispatch", "2 dispatches"])
})

it("verbs agree with their number", () => {
  expect([0, 1, 2].map((count) => agreeing(count, "is", "are"))).toEqual(["are", "is", "are"])
})
