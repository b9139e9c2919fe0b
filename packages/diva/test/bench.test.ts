import { Effect } from "effect"
import { expect, test } from "vitest"
import { demoScale } from "../bench/microStep.ts"
import { planned, shared } from "./plannedMicroStep.ts"

test("the benchmark plans the demonstration's micro-step", async () => {
  const plan = planned(await Effect.runPromise(demoScale))
  expect(plan.steps.length).toBeGreaterThan(100)
  expect(plan.flops).toBeGreaterThan(1e8)
})

test("thousands of dispatches of a full-size micro-step share 150 pipelines", async () => {
  const { dispatches, pipelines, flops } = await shared("f32")
  expect(flops).toBeGreaterThan(5e12)
  expect(dispatches).toBeGreaterThan(5000)
  expect(pipelines).toBeLessThanOrEqual(150)
})
