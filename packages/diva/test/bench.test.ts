import { Effect } from "effect"
import { expect, test } from "vitest"
import { demoScale, fullScale } from "../bench/microStep.ts"
import { planned, shared } from "./plannedMicroStep.ts"

test.each([
  { title: "the demonstration's", scale: demoScale, least: 1e8 },
  { title: "a full-size", scale: fullScale, least: 5e12 },
])("the benchmark plans $title micro-step", async ({ scale, least }) => {
  const plan = planned(await Effect.runPromise(scale))
  expect(plan.steps.length).toBeGreaterThan(100)
  expect(plan.flops).toBeGreaterThan(least)
})

test("thousands of dispatches of a full-size micro-step share 150 pipelines", async () => {
  const { dispatches, pipelines } = await shared("f32")
  expect(dispatches).toBeGreaterThan(5000)
  expect(pipelines).toBeLessThanOrEqual(150)
})
