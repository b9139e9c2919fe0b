import { expect, it } from "vitest"
import { planned } from "./plannedRow.ts"

it("diva plan takes half the memory of the frozen weights in f16, and another diffusion model", async () => {
  const plan = await planned("--row", "openai-l14-224", "--sd-config", "sd-1-4", "--f16-frozen")
  expect(plan.frozenStorage).toBe("f16")
  expect(plan.parameters.textEncoder).toBe(123_060_480)
  const { trained, frozen } = plan.parameters
  expect(plan.memory.inputBytes).toBeLessThan(4 * 2 * trained + 2.01 * frozen + 2 ** 22)
})
