import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { conv2d, openDevice, planOf, type Device } from "../src/index.ts"
import type { Shape } from "../src/shape/shape.ts"
import {
  argumentsOf,
  choose,
  compareAll,
  compareFirst,
  errorOf,
  forms,
  isFast,
  problems,
  reference,
  seen,
  specsOf,
  tell,
  type Case,
} from "./convolutionCases.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice({ planFor: { workgroupMemory: 0 }, choose })
})

afterAll(() => device.close())

describe.each(forms)("a convolution's %s is right by the way taken for the fastest", (_name, form) => {
  test.each(problems.map((problem) => [problem.name, problem] as const))(
    "%s",
    async (_problem, problem) => {
      expect(await compareFirst(device, form(problem))).toContainEqual(expect.objectContaining({ way: "registers" }))
    },
    120_000,
  )
})

describe("operands larger than a texture are cut", () => {
  const [, forward] = forms[0]!
  const wide = { stride: [1, 1], padding: [1, 1, 1, 1] } as const

  test("into strips of the image and blocks of features", async () => {
    await using small = await openDevice({ planFor: { textureExtent: 256, workgroupMemory: 0 }, choose })
    if (!isFast(small)) return
    const subject = forward({ name: "", x: [1, 24, 20, 44], w: [260, 24, 3, 3], ...wide })
    const choices = await compareAll(small, subject)
    expect(choices.some(({ tile }) => tile === 4)).toBe(true)
  }, 120_000)

  test("into parts of the channels, image by image", async () => {
    await using small = await openDevice({ planFor: { textureExtent: 256, workgroupMemory: 0 }, choose })
    if (!isFast(small)) return
    const subject = forward({ name: "", x: [5, 40, 18, 21], w: [30, 40, 3, 3], ...wide })
    const choices = await compareAll(small, subject)
    expect(choices.some(({ tile }) => tile === 2)).toBe(true)
    expect(choices.some(({ way }) => way === "implicit")).toBe(true)
  }, 120_000)
})

describe("a 1×1 convolution of an image with more pixels than a texture has texels", () => {
  const columnsOf = (x: Shape, w: Shape): Case => ({
    program: ({ a, b, c }) => conv2d(a, b, { bias: c }),
    shapes: [x, w, [w[0]!]],
  })

  test.each([
    ["in strips", [1, 24, 40, 44], [36, 24, 1, 1]],
    ["image by image", [3, 20, 28, 38], [37, 20, 1, 1]],
    ["in rows of odd width", [1, 36, 33, 52], [33, 36, 1, 1]],
  ] as const)("is computed %s", async (_name, x, w) => {
    await using small = await openDevice({ planFor: { textureExtent: 256, workgroupMemory: 0 }, choose })
    if (!isFast(small)) return
    const subject = columnsOf(x, w)
    tell(null)
    using compiled = await small.compile(subject.program, specsOf(subject))
    expect(compiled.plan.steps.map((step) => step.choice)).toContainEqual(
      expect.objectContaining({ way: "strips", rows: 32 }),
    )
    const got = await small.read(compiled(argumentsOf(subject)))
    expect(errorOf(got, reference(subject))).toBeLessThan(2e-6)
  })
})

describe("the untuned rule", () => {
  test.each([
    ["tiles of 4 on large maps", [1, 320, 64, 64], [320, 320, 3, 3], { way: "winograd", tile: 4 }],
    ["tiles of 2 where weights outweigh the map", [1, 1280, 16, 16], [1280, 1280, 3, 3], { way: "winograd", tile: 2 }],
    ["registers for small problems", [1, 8, 8, 8], [8, 8, 3, 3], { way: "registers" }],
  ] as const)("takes %s", async (_name, x, w, want) => {
    if (!isFast(device)) return
    const subject = forms[0]![1]({ name: "", x, w, stride: [1, 1], padding: [1, 1, 1, 1] })
    const inputs = specsOf(subject)
    seen.length = 0
    tell(null)
    planOf(subject.program, inputs, device.planning)
    expect(seen[0]!.candidates[0]).toMatchObject(want)
  })
})
