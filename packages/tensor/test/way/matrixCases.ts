import {
  add,
  conv2d,
  gelu,
  input,
  interpret,
  sizeOf,
  type Choice,
  type Decision,
  type Device,
  type HostArray,
  type KernelFacts,
  type Precision,
  type Shape,
  type Tensor,
} from "../../src/index.ts"
import type { MatrixShape } from "../../src/adapter/adapterFacts.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { conv2dWeight } from "../../src/ops/conv2dWeight.ts"
import { matrixSpellings } from "../../src/codegen/subgroupMatrix.ts"
import { separateSteps } from "../plan/separateSteps.ts"
import { leaveKernelsAsWritten } from "../device/asWritten.ts"

leaveKernelsAsWritten()

export type Args = Readonly<Record<string, Tensor>>

export interface MatrixCase {
  readonly shapes: Readonly<Record<string, Shape>>
  readonly program: (args: Args) => Tensor
  /** Arguments that are the same in most runs. Default: none. */
  readonly frozen?: readonly string[]
}

const window = { stride: [2, 1], padding: [1, 0, 2, 1], groups: 1 } as const

/** Convolutions and gradients with a rest in each extent of a tile. */
export const convolutionCases = {
  "with a tail": {
    program: ({ x, w, b }) => gelu(add(conv2d(x!, w!, { padding: 1 }), b!)),
    shapes: { x: [2, 5, 7, 6], w: [33, 5, 3, 3], b: [33, 1, 1] },
  },
  "groups of channels, steps and a border": {
    program: ({ x, w }) => conv2d(x!, w!, { stride: [2, 1], padding: [1, 2], groups: 2 }),
    shapes: { x: [2, 6, 7, 9], w: [34, 3, 2, 3] },
  },
  "the gradient in the image": {
    program: ({ g, w }) => conv2dInput(g!, w!, [2, 17, 9, 7], window),
    shapes: { g: [2, 6, 4, 8], w: [6, 17, 3, 3] },
  },
  "the gradient in the weight": {
    program: ({ x, g }) => conv2dWeight(x!, g!, [3, 3], window),
    shapes: { x: [2, 5, 9, 7], g: [2, 18, 4, 8] },
  },
} as const satisfies Readonly<Record<string, MatrixCase>>

const square = (edge: number): MatrixShape => ({ m: edge, n: edge, k: edge, operands: "f16", sums: "f32" })

/** Matrices that adapters multiply at once, with the sizes of their subgroups. */
export const unitsOf = {
  nvidia: { shape: square(16), subgroupSize: 32 },
  apple: { shape: square(8), subgroupSize: 32 },
  intel: { shape: { m: 8, n: 16, k: 16, operands: "f16", sums: "f32" }, subgroupSize: 16 },
  amd: { shape: square(16), subgroupSize: 64 },
} as const satisfies Readonly<Record<string, { readonly shape: MatrixShape; readonly subgroupSize: number }>>

export type Maker = keyof typeof unitsOf

export const makers = Object.keys(unitsOf) as readonly Maker[]

/** Which of many subjects are tried for a maker's matrix units. */
export type SubjectsFor = <S>(maker: Maker, subjects: readonly S[]) => readonly S[]

/** All subjects for one maker, one for each other: what a quick test of texts shows. */
export const quickSubjects: SubjectsFor = (maker, subjects) => (maker === "nvidia" ? subjects : subjects.slice(0, 1))

/** Those that the quick test leaves out. */
export const otherSubjects: SubjectsFor = (maker, subjects) => (maker === "nvidia" ? [] : subjects.slice(1))

/** A GPU with such matrix units, planned for on whatever adapter this is. */
export const factsWith = (maker: Maker, more: Partial<KernelFacts> = {}): Partial<KernelFacts> => ({
  isSoftware: false,
  textureExtent: 0,
  workgroupMemory: 32_768,
  invocations: 256,
  f16: true,
  subgroupSize: unitsOf[maker].subgroupSize,
  matrixUnits: { shapes: [unitsOf[maker].shape], spelling: matrixSpellings[0]! },
  ...more,
})

export const noise = (shape: Shape, seed: number, size = 1): HostArray => {
  let state = seed * 7919 + 1
  const next = (): number => size * ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1)
  return { shape, dtype: "f32", data: Float32Array.from({ length: sizeOf(shape) }, next) }
}

export const specsOf = ({ shapes }: MatrixCase) =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "f32" as const }]))

/** Picks the first choice of a way that is wanted. */
export const picking = (way: string) => {
  const picker = {
    isWanted: (_choice: Choice): boolean => true,
    choose: ({ candidates, others }: Decision): Choice =>
      [...candidates, ...others].find((choice) => choice.way === way && picker.isWanted(choice)) ?? candidates[0],
  }
  return picker
}

/** What a device makes of a case's own numbers, and what f64 does. */
export const bothOf = async (
  device: Device,
  one: MatrixCase,
  precision: Precision,
  given: Readonly<Record<string, HostArray>>,
) => {
  const specs = specsOf(one)
  using compiled = await device.compile(one.program, specs, { precision, frozen: one.frozen ?? [] })
  const got = (await device.read(compiled(given))) as HostArray
  const inputs = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, input(spec, name)]))
  const want = interpret(one.program(inputs), new Map(Object.entries(given)), { precision: "f64" })
  return { got, want, steps: separateSteps(compiled.plan.steps) }
}

/** Largest error beside the largest element of the exact result, and the ways that computed it. */
export const computed = async (
  device: Device,
  one: MatrixCase,
  precision: Precision,
  size: (name: string) => number = () => 1,
) => {
  const given = Object.fromEntries(
    Object.entries(one.shapes).map(([name, shape], i) => [name, noise(shape, i + 1, size(name))]),
  )
  const { got, want, steps } = await bothOf(device, one, precision, given)
  let [worst, largest] = [0, 0]
  for (let i = 0; i < want.data.length; i++) {
    const apart = Math.abs(got.data[i]! - want.data[i]!)
    worst = apart <= worst ? worst : apart
    largest = Math.max(largest, Math.abs(want.data[i]!))
  }
  return { error: worst / largest, steps, got }
}
