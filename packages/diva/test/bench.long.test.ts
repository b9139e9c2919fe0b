import { expect, test } from "vitest"
import { shared } from "./plannedMicroStep.ts"

test("thousands of dispatches of a full-size micro-step with frozen weights in f16 share 150 pipelines", async () => {
  const { dispatches, pipelines } = await shared("f16")
  expect(dispatches).toBeGreaterThan(5000)
  expect(pipelines).toBeLessThanOrEqual(150)
})
