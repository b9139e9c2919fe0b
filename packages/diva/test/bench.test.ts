import { Effect } from "effect"
import { expect, test } from "vitest"
import { planOf, type KernelLimits } from "@diva/tensor"
import { demoScale, fullScale, microStepProgram, microStepSpecs, type Scale } from "../bench/microStep.ts"

const limits: KernelLimits = {
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65535,
  subgroupSize: 0,
  textureExtent: 0,
}

const planned = (scale: Scale) =>
  planOf(microStepProgram(scale), microStepSpecs(scale) as never, limits, { donate: ["gradientSum"] })

test.each([
  { title: "the demonstration's", scale: demoScale, least: 1e8 },
  { title: "a full-size", scale: fullScale, least: 5e12 },
])("the benchmark plans $title micro-step", async ({ scale, least }) => {
  const plan = planned(await Effect.runPromise(scale))
  expect(plan.steps.length).toBeGreaterThan(100)
  expect(plan.flops).toBeGreaterThan(least)
})
