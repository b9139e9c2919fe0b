import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openDevice, type Choice, type Decision, type Device, type KernelFacts } from "../src/index.ts"
import { both, cases, errorOf, f32, kinds, left, plain, right, type Program } from "./contractCases.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

describe("a contraction computes the same from textures and from buffers", () => {
  test.each(cases)("%s", async (_name, program, a, b) => {
    expect(await errorOf(program, a, b, device)).toBeLessThan(4e-6)
  })

  test("cases reach the texture kernel where the adapter has one", async () => {
    if (device.planning.facts.textureExtent === 0 || device.planning.facts.subgroupSize !== 8) return
    for (const [, program, a, b] of cases) {
      using compiled = await device.compile(program, { a: f32(a), b: f32(b) })
      expect(compiled.plan.steps.some(({ choice }) => choice["way"] === "textures")).toBe(true)
    }
  })

  test.each([
    ["a·b", plain, [130, 128], [128, 256]],
    ["a·bᵀ", right, [130, 128], [196, 128]],
    ["aᵀ·b with a depth that is no multiple of 8", left, [257, 128], [257, 128]],
    ["a·b of rows that lie two abreast", plain, [130, 128], [128, 320]],
    ["a·bᵀ of rows that lie two abreast", right, [130, 320], [196, 320]],
    ["a·b of rows that lie four abreast", plain, [130, 128], [128, 96]],
    ["aᵀ·b of rows that lie two abreast", left, [258, 128], [258, 192]],
  ] as const)("%s with b in f16", async (_name, program, a, b) => {
    expect(await errorOf(program, a, b, device, "f16")).toBeLessThan(4e-6)
    if (device.planning.facts.textureExtent === 0 || device.planning.facts.subgroupSize !== 8) return
    using compiled = await device.compile(program, { a: f32(a), b: { shape: b, dtype: "f16" } })
    expect(compiled.plan.textures.some(({ packed }) => packed)).toBe(true)
  })

  // Rows of a matrix lie side by side where they are no whole multiples of what copies move, or more than a texture has rows;
  // the last row of the texture then may hold fewer.
  const small = { textureExtent: 150 }
  const abreast: readonly (readonly [
    string,
    Program,
    readonly number[],
    readonly number[],
    "f32" | "f16",
    Partial<KernelFacts>,
  ])[] = [
    ["a·b of odd pitches", plain, [131, 100], [100, 84], "f32", {}],
    ["a·bᵀ of odd pitches", right, [67, 1076], [68, 1076], "f32", {}],
    ["aᵀ·b of odd pitches", left, [331, 100], [331, 36], "f32", {}],
    ["aᵀ·bᵀ of odd pitches", both, [84, 132], [100, 84], "f32", {}],
    ["a batch of odd pitches", plain, [3, 165, 36], [3, 36, 68], "f32", {}],
    ["a·b with more rows than a texture", plain, [301, 64], [64, 64], "f32", small],
    ["a·bᵀ with more columns than a texture has rows", right, [40, 64], [604, 64], "f32", small],
    ["aᵀ·b with a longer sum than a texture has rows", left, [303, 64], [303, 64], "f32", small],
    ["a·b of 16,705 rows", plain, [16_705, 64], [64, 32], "f32", {}],
    ["a·bᵀ of odd pitches with b in f16", right, [40, 168], [204, 168], "f16", {}],
    ["a·b with a longer sum than a texture has rows, b in f16", plain, [40, 320], [320, 128], "f16", small],
  ]

  test.each(abreast)("%s", async (_name, program, a, b, dtype, limits) => {
    await using limited = await openDevice({ planFor: limits })
    expect(await errorOf(program, a, b, limited, dtype)).toBeLessThan(4e-6)
    const { textureExtent, subgroupSize } = limited.planning.facts
    if (textureExtent === 0 || subgroupSize !== 8) return
    const { steps, textures } = limited.planOf(program, { a: f32(a), b: { shape: b, dtype } })
    expect(steps.map(({ choice }) => choice["way"])).toEqual(["textures"])
    for (const { width, height } of textures) expect(Math.max(width, height)).toBeLessThanOrEqual(textureExtent)
  })

  test("wide products offer several tiles, of textures or of workgroup memory", async () => {
    for (const [, limits] of kinds) {
      const seen: Decision[] = []
      const choose = (decision: Decision): Choice => (seen.push(decision), decision.candidates[0])
      await using choosing = await openDevice({
        planFor: { isSoftware: true, subgroupSize: 8, textureExtent: 16384, ...limits },
        choose,
      })
      choosing.planOf(plain, { a: f32([257, 64]), b: f32([64, 320]) })
      expect(seen.flatMap(({ candidates }) => candidates).length).toBeGreaterThan(2)
    }
  })

  test("adapters without them compute from buffers", async () => {
    await using other = await openDevice({ planFor: { textureExtent: 0 } })
    for (const [, program, a, b] of cases) expect(await errorOf(program, a, b, other)).toBeLessThan(4e-6)
  })
})
