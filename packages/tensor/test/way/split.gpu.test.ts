import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  add,
  conv2d,
  input,
  interpret,
  matmul,
  openDevice,
  planOf,
  sizeOf,
  transpose,
  knownAdapters,
  type Choice,
  type Decision,
  type Device,
  type HostArray,
  type KernelFacts,
  type Shape,
  type Tensor,
} from "../../src/index.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { conv2dWeight } from "../../src/ops/conv2dWeight.ts"
import { separateSteps } from "../plan/separateSteps.ts"

type Args = { readonly a: Tensor; readonly b: Tensor; readonly c: Tensor }
type Program = (args: Args) => Tensor

/** What any adapter of a browser has. */
const facts: Partial<KernelFacts> = {
  isSoftware: false,
  subgroupSize: 0,
  textureExtent: 0,
  workgroupMemory: 16_384,
  invocations: 256,
  f16: false,
}

let device: Device
let wanted = (choices: readonly Choice[]): Choice => choices[0]!
let offered: readonly Choice[] = []
beforeAll(async () => {
  const choose = ({ candidates, others }: Decision): Choice => {
    offered = [...candidates, ...others]
    return wanted(offered)
  }
  device = await openDevice({ planFor: facts, choose })
})
afterAll(() => device.close())

const noise = (shape: Shape, seed: number): HostArray => {
  let state = seed * 7919 + 1
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1
  return { shape, dtype: "f32", data: Float32Array.from({ length: sizeOf(shape) }, next) }
}

const product: Program = ({ a, b, c }) => add(matmul(a, b), c)

const problems: readonly (readonly [string, Program, a: Shape, b: Shape, c: Shape])[] = [
  ["a·b, whole stretches", product, [32, 512], [512, 48], [48]],
  ["a·b, a rest in each extent", product, [33, 517], [517, 31], [31]],
  ["a·bᵀ in a batch", ({ a, b, c }) => add(matmul(a, transpose(b)), c), [2, 17, 300], [2, 20, 300], [20]],
  ["aᵀ·b, as a weight's gradient", ({ a, b, c }) => add(matmul(transpose(a), b), c), [260, 18], [260, 40], [40]],
  ["a matrix shared by a batch", product, [3, 16, 259], [259, 19], [19]],
]

const padded = { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const
const strided = { stride: [2, 2], padding: [1, 1, 1, 1], groups: 2 } as const

/** Few tiles and long sums: many channels, or a weight's gradient over pixels and images. */
const convolutions: readonly (readonly [string, Program, a: Shape, b: Shape, c: Shape])[] = [
  [
    "a convolution of many channels",
    ({ a, b, c }) => add(conv2d(a, b, { padding: 1 }), c),
    [2, 33, 5, 6],
    [17, 33, 3, 3],
    [17, 1, 1],
  ],
  [
    "one with strides and groups",
    ({ a, b, c }) => add(conv2d(a, b, { stride: 2, padding: 1, groups: 2 }), c),
    [1, 70, 9, 9],
    [40, 35, 3, 3],
    [40, 1, 1],
  ],
  [
    "its gradient in the image",
    ({ a, b, c }) => add(conv2dInput(a, b, [2, 19, 5, 6], padded), c),
    [2, 33, 5, 6],
    [33, 19, 3, 3],
    [19, 1, 1],
  ],
  [
    "its gradient in the weight",
    ({ a, b, c }) => add(conv2dWeight(a, b, [3, 3], padded), c),
    [3, 17, 9, 10],
    [3, 18, 9, 10],
    [1],
  ],
  [
    "the same with strides and groups",
    ({ a, b, c }) => add(conv2dWeight(a, b, [3, 3], strided), c),
    [5, 34, 15, 15],
    [5, 36, 8, 8],
    [1],
  ],
]

const specsOf = (a: Shape, b: Shape, c: Shape) => {
  const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })
  return { a: f32(a), b: f32(b), c: f32(c) }
}

/** max |got − want| / max |want| of the choice that `wanted` takes, with all that ran. */
const computed = async (program: Program, a: Shape, b: Shape, c: Shape) => {
  const specs = specsOf(a, b, c)
  const given = { a: noise(a, 1), b: noise(b, 2), c: noise(c, 3) }
  using compiled = await device.compile(program, specs)
  const got = await device.read(compiled(given))
  const again = await device.read(compiled(given))
  expect(again.data).toEqual(got.data)
  const inputs = { a: input(specs.a, "a"), b: input(specs.b, "b"), c: input(specs.c, "c") }
  const want = interpret(program(inputs), new Map(Object.entries(given)))
  let [apart, largest] = [0, 0]
  for (const [i, value] of want.data.entries()) {
    apart = Math.max(apart, Math.abs(got.data[i]! - value))
    largest = Math.max(largest, Math.abs(value))
  }
  return {
    error: apart / largest,
    choices: separateSteps(compiled.plan.steps).map(({ choice }) => choice),
  }
}

describe("a sum shared by several workgroups", () => {
  it.each(problems)("adds up to the same, bit for bit in every run: %s", async (_name, program, a, b, c) => {
    wanted = (choices) => choices.find(({ way, rows }) => way === "split" && rows === 32) ?? choices[0]!
    const { error, choices } = await computed(program, a, b, c)
    expect(choices.map(({ way }) => way)).toEqual(["split", "elements"])
    expect(error).toBeLessThan(2e-6)
  })

  it.each(convolutions)("adds up to the same, bit for bit in every run: %s", async (_name, program, a, b, c) => {
    wanted = (choices) => choices.find(({ way, rows }) => way === "split" && rows === 32) ?? choices[0]!
    const { error, choices } = await computed(program, a, b, c)
    expect(choices.map(({ way }) => way)).toEqual(["split", "elements"])
    expect(error).toBeLessThan(2e-6)
  })

  it.each([2, 4])("of %i parts", async (parts) => {
    wanted = (choices) => choices.find((choice) => choice["parts"] === parts && choice["rows"] === 32)!
    const { error, choices } = await computed(product, [20, 517], [517, 24], [24])
    expect(choices[0]).toMatchObject({ way: "split", parts })
    expect(error).toBeLessThan(2e-6)
  })

  it("overwrites a donated operand of its tail only when all of it has been read", async () => {
    wanted = (choices) => choices.find(({ way, rows }) => way === "split" && rows === 32)!
    const specs = specsOf([24, 256], [256, 24], [24, 24])
    using compiled = await device.compile(({ a, b, c }: Args) => ({ c: add(matmul(a, b), c) }), specs, {
      donate: ["c"],
    })
    const [a, b, c] = [noise([24, 256], 1), noise([256, 24], 2), noise([24, 24], 3)]
    const got = (await device.read(compiled({ a, b, c: device.put(c) }))).c
    const inputs = { a: input(specs.a, "a"), b: input(specs.b, "b"), c: input(specs.c, "c") }
    const want = interpret(add(matmul(inputs.a, inputs.b), inputs.c), new Map(Object.entries({ a, b, c })))
    want.data.forEach((value, i) => expect(got.data[i]).toBeCloseTo(value, 4))
  })
})

describe("the cost model", () => {
  const wayOf = (m: number, n: number, k: number) =>
    planOf(({ a, b }: Args) => matmul(a, b), specsOf([m, k], [k, n], [1]), knownAdapters.webgpu).steps[0]!.choice["way"]

  it("splits long sums of small results, and no others", () => {
    expect(wayOf(64, 64, 8192)).toBe("split")
    expect(wayOf(4096, 4096, 4096)).toBe("workgroup")
    expect(wayOf(2048, 2048, 64)).toBe("workgroup")
    expect(wayOf(8, 8, 8192)).toBe("split")
  })

  it("splits a weight's gradient over many images, and a convolution of small images", () => {
    const waysOf = (program: Program, a: Shape, b: Shape) =>
      planOf(program, specsOf(a, b, [1]), knownAdapters["nvidia-h200"], { precision: "highest" }).steps[0]!.choice[
        "way"
      ]
    expect(waysOf(({ a, b }) => conv2dWeight(a, b, [3, 3], padded), [64, 32, 64, 64], [64, 32, 64, 64])).toBe("split")
    expect(waysOf(({ a, b }) => conv2d(a, b, { padding: 1 }), [1, 1280, 16, 16], [1280, 1280, 3, 3])).toBe("split")
    expect(waysOf(({ a, b }) => conv2d(a, b, { padding: 1 }), [1, 128, 512, 512], [128, 128, 3, 3])).toBe(
      "tiledWinograd",
    )
  })
})
