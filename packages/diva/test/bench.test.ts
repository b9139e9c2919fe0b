import { Effect } from "effect"
import { expect, test } from "vitest"
import { planOf, type KernelFacts } from "@diva/tensor"
import { demoScale, fullScale, microStepProgram, microStepSpecs, type Scale } from "../bench/microStep.ts"

const limits: KernelFacts = {
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65535,
  subgroupSize: 0,
  textureExtent: 0,
}

/** Limits of a software adapter, on which a pipeline takes up to seconds to compile. */
const software: KernelFacts = {
  ...limits,
  storageBuffers: 16,
  subgroupSize: 8,
  textureExtent: 16_384,
  isSoftware: true,
}

const planned = (scale: Scale, adapter: KernelFacts = limits, frozen: "f32" | "f16" = "f32") =>
  planOf(microStepProgram(scale), microStepSpecs(scale, frozen) as never, adapter, { donate: ["gradientSum"] })

test.each([
  { title: "the demonstration's", scale: demoScale, least: 1e8 },
  { title: "a full-size", scale: fullScale, least: 5e12 },
])("the benchmark plans $title micro-step", async ({ scale, least }) => {
  const plan = planned(await Effect.runPromise(scale))
  expect(plan.steps.length).toBeGreaterThan(100)
  expect(plan.flops).toBeGreaterThan(least)
})

test.each(["f32", "f16"] as const)(
  "thousands of dispatches of a full-size micro-step share 150 pipelines, %s weights",
  async (frozen) => {
    const { steps } = planned(await Effect.runPromise(fullScale), software, frozen)
    expect(steps.length).toBeGreaterThan(5000)
    expect(new Set(steps.map(({ wgsl }) => wgsl)).size).toBeLessThanOrEqual(150)
  },
)
