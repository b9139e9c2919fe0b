import { create, globals } from "webgpu"
import type { KernelFacts } from "../../src/index.ts"
import { spellingOf } from "../../src/device/selfTest/matrices.ts"
import { factsWith, unitsOf, type Maker } from "./matrixCases.ts"

/** Dawn without a device behind it: it parses and validates what real ones would run. */
export interface NullDevice {
  /** Why it does not take a shader, if it does not. */
  readonly refusal: (code: string) => Promise<string | undefined>
  /** A maker's GPU with matrices spelled as here. */
  readonly factsOf: (maker: Maker) => Promise<KernelFacts>
  readonly close: () => void
}

export const openNullDevice = async (): Promise<NullDevice> => {
  Object.assign(globalThis, globals)
  const nobody = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]) as unknown as GPU
  const adapter = (await nobody.requestAdapter())!
  const features = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"] as GPUFeatureName[]
  const gpu = await adapter.requestDevice({ requiredFeatures: features })
  return {
    refusal: async (code) => {
      gpu.pushErrorScope("validation")
      gpu.createShaderModule({ code })
      return (await gpu.popErrorScope())?.message
    },
    factsOf: async (maker) => ({
      ...(factsWith(maker) as KernelFacts),
      storageBuffers: 8,
      bindingBytes: 2 ** 27,
      workgroupsPerAxis: 65_535,
      workgroupMemory: 49_152,
      invocations: 1024,
      matrixUnits: { shapes: [unitsOf[maker].shape], spelling: (await spellingOf(gpu))! },
    }),
    // The instance is held as long as its device.
    close: () => void [nobody, gpu.destroy()],
  }
}
