import { Effect } from "effect"
import { planOf, type KernelFacts } from "@diva/tensor"
import { fullScale, microStepProgram, microStepSpecs, type Scale } from "../bench/microStep.ts"

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

/** The plan of a micro-step. */
export const planned = (scale: Scale, adapter: KernelFacts = limits, frozen: "f32" | "f16" = "f32") =>
  planOf(microStepProgram(scale), microStepSpecs(scale, frozen) as never, adapter, { donate: ["gradientSum"] })

/** Dispatches of a full-size micro-step, the shaders they share on a software adapter, and what they compute. */
export const shared = async (
  frozen: "f32" | "f16",
): Promise<{ readonly dispatches: number; readonly pipelines: number; readonly flops: number }> => {
  const { steps, flops } = planned(await Effect.runPromise(fullScale), software, frozen)
  return { dispatches: steps.length, pipelines: new Set(steps.map(({ wgsl }) => wgsl)).size, flops }
}
