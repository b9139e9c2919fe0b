import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openDevice, type Device } from "../src/index.ts"
import { choose, compareAll, forms, problems } from "./convolutionCases.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice({ planFor: { workgroupMemory: 0 }, choose })
})

afterAll(() => device.close())

describe.each(forms)("a convolution's %s is the same by every method", (_name, form) => {
  test.each(problems.map((problem) => [problem.name, problem] as const))(
    "%s",
    async (_problem, problem) => {
      expect(await compareAll(device, form(problem))).toContainEqual(expect.objectContaining({ way: "registers" }))
    },
    120_000,
  )
})

describe.each(forms)("a convolution's %s is the same by every tile in workgroup memory", (_name, form) => {
  test.for(problems.map((problem) => [problem.name, problem] as const))(
    "%s",
    { timeout: 120_000 },
    async ([, problem], { skip }) => {
      skip(/swiftshader/i.test(device.info.description), "SwiftShader takes minutes to compile them")
      await using other = await openDevice({ planFor: { textureExtent: 0, workgroupMemory: 32768 }, choose })
      const choices = await compareAll(other, form(problem))
      const { x, w, groups = 1 } = problem
      const isWide = Math.min(w[0]! / groups, w[1]!, x[2]! * x[3]!) >= 16
      expect(!isWide || choices.some(({ way }) => way === "workgroup")).toBe(true)
    },
  )
})
