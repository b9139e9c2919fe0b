import {
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
import type { MatrixShape } from "../../src/device/facts.ts"
import { matrixSpellings } from "../../src/codegen/subgroupMatrix.ts"

export type Args = Readonly<Record<string, Tensor>>

export interface MatrixCase {
  readonly shapes: Readonly<Record<string, Shape>>
  readonly program: (args: Args) => Tensor
}

const square = (edge: number): MatrixShape => ({ m: edge, n: edge, k: edge, operands: "f16", sums: "f32" })

/** Matrices that adapters multiply at once, with the sizes of their subgroups. */
export const unitsOf = {
  nvidia: { shape: square(16), subgroupSize: 32 },
  apple: { shape: square(8), subgroupSize: 32 },
  intel: { shape: { m: 8, n: 16, k: 16, operands: "f16", sums: "f32" }, subgroupSize: 16 },
  amd: { shape: square(16), subgroupSize: 64 },
} as const satisfies Readonly<Record<string, { readonly shape: MatrixShape; readonly subgroupSize: number }>>

export type Maker = keyof typeof unitsOf

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
  const specs = specsOf(one)
  using compiled = await device.compile(one.program, specs, { precision })
  const got = (await device.read(compiled(given))) as HostArray
  const inputs = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, input(spec, name)]))
  const want = interpret(one.program(inputs), new Map(Object.entries(given)), { precision: "f64" })
  let [worst, largest] = [0, 0]
  for (let i = 0; i < want.data.length; i++) {
    const apart = Math.abs(got.data[i]! - want.data[i]!)
    worst = apart <= worst ? worst : apart
    largest = Math.max(largest, Math.abs(want.data[i]!))
  }
  return { error: worst / largest, steps: compiled.plan.steps, got }
}
