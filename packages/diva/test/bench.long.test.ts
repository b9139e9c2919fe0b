import { Effect } from "effect"
import { expect, test } from "vitest"
import { fullScale } from "../bench/microStep.ts"
import { planned, shared } from "./plannedMicroStep.ts"

test("thousands of dispatches of a full-size micro-step with frozen weights in f16 share 150 pipelines", async () => {
  const { dispatches, pipelines } = await shared("f16")
  expect(dispatches).toBeGreaterThan(5000)
  expect(pipelines).toBeLessThanOrEqual(150)
})

test("the benchmark plans a full-size micro-step for the limits that every adapter of a browser has", async () => {
  const plan = planned(await Effect.runPromise(fullScale))
  expect(plan.steps.length).toBeGreaterThan(100)
  expect(plan.flops).toBeGreaterThan(5e12)
})
