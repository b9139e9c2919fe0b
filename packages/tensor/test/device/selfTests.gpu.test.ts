import { create, globals } from "webgpu"
import { describe, expect, it } from "vitest"
import { openDevice } from "../../src/device/open.ts"
import { matrixShader } from "../../src/device/ceilings/matrixProducts.ts"
import type { MatrixShape } from "../../src/adapter/adapterFacts.ts"
import { selfTestsInMemory } from "../../src/device/selfTest/memory.ts"
import { spellingOf } from "../../src/device/selfTest/matrices.ts"
import { homes, productShader } from "../../src/device/selfTest/matrixProduct.ts"

describe("on this adapter", () => {
  it("features in use have passed, and are remembered", async () => {
    const selfTests = selfTestsInMemory()
    await using device = await openDevice({ selfTests })
    const wrong = device.selfTests.filter(({ passed }) => !passed).map(({ feature }) => feature)
    // Some drivers (SwiftShader) leave the checking of accesses to the implementation.
    expect(["", "unclamped-indices"]).toContain(wrong.join())
    expect(device.info.clampsIndices).toBe(wrong.length > 0)
    expect(device.selfTests.some(({ remembered }) => remembered)).toBe(false)
    await using again = await openDevice({ selfTests })
    expect(again.selfTests).toEqual(device.selfTests.map((result) => ({ ...result, remembered: true })))
    expect(again.info).toEqual(device.info)
  })

  it("refused features are not in use, nor tested", async () => {
    const without = ["subgroups", "shader-f16", "unclamped-indices"]
    await using device = await openDevice({ without })
    expect(device.selfTests).toEqual([])
    expect(device.info.features).not.toContain("subgroups")
    expect(device.info).toMatchObject({ subgroups: null, matrixUnits: null, clampsIndices: true })
    expect(device.planning.facts.subgroupSize).toBe(0)
  })

  it("a feature that failed is not in use, and programs run without", async () => {
    const real = selfTestsInMemory()
    const selfTests = {
      ...real,
      recall: () => ({
        begun: {},
        results: { subgroups: { passed: false, found: "subgroupAdd is wrong", seconds: 1 } },
      }),
    }
    await using device = await openDevice({ selfTests, without: ["shader-f16", "unclamped-indices"] })
    expect(device.selfTests).toMatchObject([{ feature: "subgroups", passed: false }])
    expect(device.info.subgroups).toBeNull()
  })
})

describe("without an adapter", () => {
  const lists: readonly MatrixShape[] = [
    { m: 16, n: 16, k: 16, operands: "f16", sums: "f32" },
    { m: 16, n: 8, k: 8, operands: "f16", sums: "f16" },
    { m: 8, n: 8, k: 8, operands: "f32", sums: "f32" },
    { m: 8, n: 16, k: 16, operands: "f16", sums: "f32" },
  ]

  it("Dawn accepts self-test and ceiling of matrix units in its own spelling, for every maker's shapes", async () => {
    Object.assign(globalThis, globals)
    const nobody = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]) as unknown as GPU
    const adapter = (await nobody.requestAdapter())!
    const requiredFeatures = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"] as GPUFeatureName[]
    const gpu = await adapter.requestDevice({ requiredFeatures })
    const spelling = (await spellingOf(gpu))!
    expect(spelling).toEqual({ columnsFirst: true, orderInTemplate: true })
    for (const shape of lists)
      for (const home of homes) {
        gpu.pushErrorScope("validation")
        const module = gpu.createShaderModule({ code: productShader(shape, spelling, home, 128) })
        await gpu.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } })
        expect((await gpu.popErrorScope())?.message).toBeUndefined()
      }
    for (const shape of lists) {
      gpu.pushErrorScope("validation")
      const module = gpu.createShaderModule({ code: matrixShader(shape, { shapes: lists, spelling }, 128) })
      await gpu.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } })
      expect((await gpu.popErrorScope())?.message).toBeUndefined()
    }
    gpu.destroy()
    expect(nobody).toBeDefined()
  })
})
