import { expect } from "vitest"
import {
  add,
  conv2d,
  input,
  interpret,
  matmul,
  openDevice,
  sizeOf,
  transpose,
  type Choice,
  type Decision,
  type HostArray,
  type KernelFacts,
  type Shape,
  type Tensor,
} from "../../src/index.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { conv2dWeight } from "../../src/ops/conv2dWeight.ts"
import { separateSteps } from "../plan/separateSteps.ts"
import { leaveKernelsAsWritten } from "../device/asWritten.ts"

leaveKernelsAsWritten()

export type Args = { readonly a: Tensor; readonly b: Tensor; readonly c: Tensor }
export type Program = (args: Args) => Tensor

/** What any adapter of a browser has. */
export const facts: Partial<KernelFacts> = {
  isSoftware: false,
  subgroupSize: 0,
  textureExtent: 0,
  workgroupMemory: 16_384,
  invocations: 256,
  f16: false,
}

/** A device that is told which of the choices to take. */
export const telling = async () => {
  const teller = { wanted: (choices: readonly Choice[]): Choice => choices[0]!, offered: [] as readonly Choice[] }
  const choose = ({ candidates, others }: Decision): Choice => {
    teller.offered = [...candidates, ...others]
    return teller.wanted(teller.offered)
  }
  return { device: await openDevice({ planFor: facts, choose }), teller }
}

export type Telling = Awaited<ReturnType<typeof telling>>

export const noise = (shape: Shape, seed: number): HostArray => {
  let state = seed * 7919 + 1
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1
  return { shape, dtype: "f32", data: Float32Array.from({ length: sizeOf(shape) }, next) }
}

export const product: Program = ({ a, b, c }) => add(matmul(a, b), c)

/** A name, what is computed, and the shapes of its arguments. */
export type Sum = readonly [string, Program, a: Shape, b: Shape, c: Shape]

export const problems: readonly Sum[] = [
  ["a·b, whole stretches", product, [32, 512], [512, 48], [48]],
  ["a·b, a rest in each extent", product, [33, 517], [517, 31], [31]],
  ["a·bᵀ in a batch", ({ a, b, c }) => add(matmul(a, transpose(b)), c), [2, 17, 300], [2, 20, 300], [20]],
  ["aᵀ·b, as a weight's gradient", ({ a, b, c }) => add(matmul(transpose(a), b), c), [260, 18], [260, 40], [40]],
  ["a matrix shared by a batch", product, [3, 16, 259], [259, 19], [19]],
]

export const padded = { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const
const strided = { stride: [2, 2], padding: [1, 1, 1, 1], groups: 2 } as const

/** Few tiles and long sums: many channels, or a weight's gradient over pixels and images. */
export const convolutions: readonly Sum[] = [
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

export const specsOf = (a: Shape, b: Shape, c: Shape) => {
  const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })
  return { a: f32(a), b: f32(b), c: f32(c) }
}

/** max |got − want| / max |want| of the choice that `wanted` takes, with all that ran. */
export const computed = async ({ device }: Telling, program: Program, a: Shape, b: Shape, c: Shape) => {
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

/** Expects a sum shared by several workgroups to add up to the interpreter's, and the parts to be joined by its tail. */
export const expectSum = async (told: Telling, [, program, a, b, c]: Sum): Promise<void> => {
  told.teller.wanted = (choices) => choices.find(({ way, rows }) => way === "split" && rows === 32) ?? choices[0]!
  const { error, choices } = await computed(told, program, a, b, c)
  expect(choices.map(({ way }) => way)).toEqual(["split", "elements"])
  expect(error).toBeLessThan(2e-6)
}
