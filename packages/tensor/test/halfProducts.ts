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
  type Device,
  type HostArray,
  type Tensor,
} from "../src/index.ts"
import type { KernelFacts } from "../src/adapter/kernelFacts.ts"
import type { Choice, Choose } from "../src/kernels/way/choice.ts"
import { conv2dInput } from "../src/ops/conv2dInput.ts"
import type { Shape } from "../src/shape/shape.ts"

type Program = (args: { readonly x: Tensor; readonly w: Tensor }) => Tensor

const geometry = { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const

/** A product of an f32 operand by one stored in f16. */
export interface Product {
  readonly x: Shape
  /** Stored in f16. */
  readonly w: Shape
  readonly program: Program
}

export const programs: readonly (readonly [string, Product])[] = [
  ["whole tiles", { x: [128, 64], w: [64, 128], program: ({ x, w }) => matmul(x, w) }],
  ["odd extents and a tail", { x: [33, 47], w: [47, 29], program: ({ x, w }) => add(matmul(x, w), 1) }],
  ["a long sum", { x: [17, 1003], w: [70, 1003], program: ({ x, w }) => matmul(x, transpose(w)) }],
  ["a batch", { x: [3, 20, 18], w: [18, 50], program: ({ x, w }) => matmul(x, w) }],
  ["a convolution", { x: [2, 9, 11, 10], w: [20, 9, 3, 3], program: ({ x, w }) => conv2d(x, w, { padding: 1 }) }],
  [
    "a convolution's gradient in the image",
    { x: [1, 20, 9, 10], w: [20, 17, 3, 3], program: ({ x, w }) => conv2dInput(x, w, [1, 17, 9, 10], geometry) },
  ],
]

const noise = (shape: Shape, seed: number): Float32Array => {
  let state = seed * 7919 + 1
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1
  return Float32Array.from({ length: sizeOf(shape) }, next)
}

const root = (data: ArrayLike<number>): number =>
  Math.sqrt(Array.from(data).reduce((sum, value) => sum + value * value, 0) / data.length)

export const planFor: Partial<KernelFacts> = {
  isSoftware: false,
  textureExtent: 0,
  workgroupMemory: 32_768,
}

/** A device that computes in f16, and what it is told to choose. */
export const halving = async () => {
  const picker = {
    candidates: [] as readonly Choice[],
    told: null as Choice | null,
    choose: (decision: Parameters<Choose>[0]): Choice => {
      picker.candidates = decision.candidates
      return picker.told ?? decision.candidates[0]
    },
  }
  return { device: await openDevice({ halfArithmetic: true, planFor, choose: picker.choose }), picker }
}

export type Halving = Awaited<ReturnType<typeof halving>>

export const isHalvable = ({ info }: Device): boolean => info.features.includes("shader-f16")

/** Why a device is not asked, or false. */
export const refusal = ({ info }: Device): string | false => {
  if (!info.features.includes("shader-f16")) return "the adapter computes nothing in f16"
  return /swiftshader/i.test(info.description) && "SwiftShader takes minutes to compile some of them"
}

/** Expects the product to come out as multiplied in f16 by each choice that `taken` leaves of the candidates. */
export const expectHalves = async (
  { device, picker }: Halving,
  { x, w, program }: Product,
  taken: (inHalves: readonly Choice[]) => readonly Choice[],
): Promise<void> => {
  const given: Record<"x" | "w", HostArray> = {
    x: { shape: x, dtype: "f32", data: noise(x, 1) },
    w: { shape: w, dtype: "f16", data: new Float16Array(noise(w, 2)) },
  }
  const specs = { x: { shape: x, dtype: "f32" }, w: { shape: w, dtype: "f16" } } as const
  const inputs = { x: input(specs.x, "x"), w: input(specs.w, "w") }
  const want = interpret(program(inputs), new Map(Object.entries(given)))
  picker.told = null
  // A shared sum is joined by a step of its own.
  expect(device.planOf(program, specs).steps.map(({ choice }) => choice["arithmetic"])).toContain("f16")
  const all = picker.candidates
  expect(new Set(all.map(({ arithmetic }) => arithmetic))).toEqual(new Set(["f16", undefined]))
  for (const choice of taken(all.filter(({ arithmetic }) => arithmetic === "f16"))) {
    picker.told = choice
    using compiled = await device.compile(program, specs)
    const got = await device.read(compiled(given))
    const error = root(Array.from(want.data).map((value, i) => got.data[i]! - value)) / root(want.data)
    expect(error, JSON.stringify(choice)).toBeLessThan(1e-3)
    // A closer result would mean that nothing was computed in f16.
    expect(error).toBeGreaterThan(1e-5)
  }
}
