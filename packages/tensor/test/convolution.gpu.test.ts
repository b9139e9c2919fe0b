import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  add,
  applyOp,
  conv2d,
  input,
  interpret,
  openDevice,
  planOf,
  reshape,
  sizeOf,
  type Device,
  type HostArray,
  type Tensor,
} from "../src/index.ts"
import type { Choice, Decision } from "../src/kernels/way/choice.ts"
import { convolvedShape } from "../src/ops/convolutionShape.ts"
import { conv2dOp } from "../src/ops/conv2d.ts"
import { conv2dInput } from "../src/ops/conv2dInput.ts"
import { conv2dWeight } from "../src/ops/conv2dWeight.ts"
import type { Shape } from "../src/shape.ts"

const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })

const noise = (shape: Shape, seed: number): HostArray => {
  let state = seed * 7919 + 1
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1
  return { ...f32(shape), data: Float32Array.from({ length: sizeOf(shape) }, next) }
}

interface Problem {
  readonly name: string
  readonly x: Shape
  readonly w: Shape
  readonly stride: readonly [number, number]
  readonly padding: readonly [number, number, number, number]
  readonly groups?: number
}

const problems: readonly Problem[] = [
  { name: "whole tiles", x: [1, 16, 16, 24], w: [64, 16, 3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
  { name: "odd extents", x: [2, 13, 19, 17], w: [22, 13, 3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
  { name: "no border", x: [1, 12, 11, 14], w: [6, 12, 3, 3], stride: [1, 1], padding: [0, 0, 0, 0] },
  { name: "a one-sided border", x: [1, 40, 24, 24], w: [36, 40, 3, 3], stride: [2, 2], padding: [0, 1, 0, 1] },
  { name: "a 5×3 kernel", x: [3, 8, 9, 12], w: [5, 8, 5, 3], stride: [1, 2], padding: [2, 2, 1, 1] },
  { name: "a 1×1 kernel", x: [2, 24, 10, 6], w: [40, 24, 1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
  { name: "a border wider than the kernel", x: [1, 4, 5, 6], w: [9, 4, 2, 2], stride: [1, 1], padding: [3, 2, 4, 3] },
  { name: "groups of channels", x: [2, 34, 9, 7], w: [40, 17, 3, 3], stride: [1, 1], padding: [1, 1, 1, 1], groups: 2 },
  { name: "a map of one pixel", x: [2, 5, 1, 1], w: [3, 5, 3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
  { name: "few channels", x: [1, 3, 20, 24], w: [40, 3, 3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
  { name: "a single channel", x: [2, 1, 12, 16], w: [1, 1, 3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
  { name: "every second pixel", x: [2, 20, 16, 24], w: [24, 20, 3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
  { name: "weights in blocks", x: [1, 512, 8, 8], w: [264, 512, 3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
  { name: "tiny maps of many channels", x: [3, 72, 4, 4], w: [33, 72, 3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
]

type Args = { readonly a: Tensor; readonly b: Tensor; readonly c: Tensor }

interface Case {
  readonly program: (args: Args) => Tensor
  readonly shapes: readonly [a: Shape, b: Shape, c: Shape]
}

// Each with a tail, so that fused arithmetic and its addressing are part of what is compared.
const forms: readonly (readonly [string, (problem: Problem) => Case])[] = [
  [
    "forward",
    ({ x, w, stride, padding, groups = 1 }) => ({
      program: ({ a, b, c }) => add(applyOp(conv2dOp, [a, b], { stride, padding, groups }), reshape(c, [-1, 1, 1])),
      shapes: [x, w, [w[0]!]],
    }),
  ],
  [
    "gradient in the image",
    ({ x, w, stride, padding, groups = 1 }) => ({
      program: ({ a, b }) => conv2dInput(a, b, x, { stride, padding, groups }),
      shapes: [convolvedShape(x, w, { stride, padding, groups }), w, [1]],
    }),
  ],
  [
    "gradient in the weights",
    ({ x, w, stride, padding, groups = 1 }) => ({
      program: ({ a, b }) => conv2dWeight(a, b, [w[2]!, w[3]!], { stride, padding, groups }),
      shapes: [x, convolvedShape(x, w, { stride, padding, groups }), [1]],
    }),
  ],
]

/** What the planner may choose among, gathered as it asks, and what it is told. */
const seen: Decision[] = []
let told: Choice | null = null

const choose = (decision: Decision): Choice => {
  seen.push(decision)
  return told ?? decision.candidates[0]
}

const specsOf = ({ shapes: [a, b, c] }: Case) => ({ a: f32(a), b: f32(b), c: f32(c) })

const argumentsOf = ({ shapes: [a, b, c] }: Case) => ({ a: noise(a, 1), b: noise(b, 2), c: noise(c, 3) })

const candidatesOf = async (device: Device, subject: Case): Promise<readonly Choice[]> => {
  seen.length = 0
  told = null
  using _ = await device.compile(subject.program, specsOf(subject))
  return seen.length === 0
    ? [{ way: "registers" }]
    : seen.flatMap(({ candidates, others }) => [...candidates, ...others])
}

const reference = (subject: Case): HostArray => {
  const specs = specsOf(subject)
  const inputs = { a: input(specs.a, "a"), b: input(specs.b, "b"), c: input(specs.c, "c") }
  return interpret(subject.program(inputs), new Map(Object.entries(argumentsOf(subject))))
}

const root = (data: ArrayLike<number>): number =>
  Math.sqrt(Array.from(data).reduce((sum, x) => sum + x * x, 0) / data.length)

const run = async (device: Device, subject: Case, choice: Choice): Promise<HostArray> => {
  told = choice
  using compiled = await device.compile(subject.program, specsOf(subject))
  expect(compiled.plan.steps.map((step) => step.choice)).toContainEqual(expect.objectContaining(choice))
  return device.read(compiled(argumentsOf(subject)))
}

// Root mean square of the error beside that of the result; Winograd's transforms lose a digit.
const errorOf = (got: HostArray, want: HostArray): number => {
  expect(got.shape).toEqual(want.shape)
  return root(Array.from(want.data).map((x, i) => got.data[i]! - x)) / root(want.data)
}

const allowed = (choice: Choice): number => (choice["way"] === "winograd" && choice["tile"] === 4 ? 1e-5 : 2e-6)

const compareAll = async (device: Device, subject: Case): Promise<readonly Choice[]> => {
  const want = reference(subject)
  const choices = await candidatesOf(device, subject)
  for (const choice of choices)
    expect(errorOf(await run(device, subject, choice), want), JSON.stringify(choice)).toBeLessThan(allowed(choice))
  return choices
}

const isFast = ({ planning: { facts } }: Device): boolean => facts.subgroupSize === 8 && facts.textureExtent > 0

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
    told = null
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
    told = null
    planOf(subject.program, inputs, device.planning)
    expect(seen[0]!.candidates[0]).toMatchObject(want)
  })
})
