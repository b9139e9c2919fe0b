import { afterAll, beforeAll, describe, expect, test } from "vitest"
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
import type { Choice, Choose } from "../src/kernels/way/choice.ts"
import type { KernelFacts } from "../src/adapter/facts.ts"
import { conv2dInput } from "../src/ops/conv2dInput.ts"
import type { Shape } from "../src/shape.ts"

type Program = (args: { readonly x: Tensor; readonly w: Tensor }) => Tensor

const geometry = { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const

interface Product {
  readonly x: Shape
  /** Stored in f16. */
  readonly w: Shape
  readonly program: Program
}

// Software adapters compile such tiles for seconds: each of them runs in one contraction, the small ones in one convolution.
const tallest: Readonly<Record<string, number>> = { "odd extents and a tail": Infinity, "a convolution": 64 }

const programs: readonly (readonly [string, Product])[] = [
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

let candidates: readonly Choice[] = []
let told: Choice | null = null
let device: Device

const planFor: Partial<KernelFacts> = {
  isSoftware: false,
  textureExtent: 0,
  workgroupMemory: 32_768,
}

const choose: Choose = (decision) => {
  candidates = decision.candidates
  return told ?? decision.candidates[0]
}

beforeAll(async () => {
  device = await openDevice({ halfArithmetic: true, planFor, choose })
})

afterAll(() => device.close())

const halvable = (): boolean => device.info.features.includes("shader-f16")

describe("multiplying in f16 where one operand is stored so", () => {
  test.for(programs)("%s", { timeout: 120_000 }, async ([name, { x, w, program }], { skip }) => {
    skip(!halvable(), "the adapter computes nothing in f16")
    skip(/swiftshader/i.test(device.info.description), "SwiftShader takes minutes to compile some of them")
    const given: Record<"x" | "w", HostArray> = {
      x: { shape: x, dtype: "f32", data: noise(x, 1) },
      w: { shape: w, dtype: "f16", data: new Float16Array(noise(w, 2)) },
    }
    const specs = { x: { shape: x, dtype: "f32" }, w: { shape: w, dtype: "f16" } } as const
    const inputs = { x: input(specs.x, "x"), w: input(specs.w, "w") }
    const want = interpret(program(inputs), new Map(Object.entries(given)))
    told = null
    using untuned = await device.compile(program, specs)
    // A shared sum is joined by a step of its own.
    expect(untuned.plan.steps.map(({ choice }) => choice["arithmetic"])).toContain("f16")
    const all = candidates
    expect(new Set(all.map(({ arithmetic }) => arithmetic))).toEqual(new Set(["f16", undefined]))
    const most = tallest[name]
    const isTold = ({ arithmetic, rows }: Choice): boolean => arithmetic === "f16" && Number(rows) <= most!
    for (told of most === undefined ? all.slice(0, 1) : all.filter(isTold)) {
      using compiled = await device.compile(program, specs)
      const got = await device.read(compiled(given))
      const error = root(Array.from(want.data).map((value, i) => got.data[i]! - value)) / root(want.data)
      expect(error, JSON.stringify(told)).toBeLessThan(1e-3)
      // A closer result would mean that nothing was computed in f16.
      expect(error).toBeGreaterThan(1e-5)
    }
  })

  const isOffered = async (other: Device, dtype: "f16" | "f32"): Promise<boolean> => {
    told = null
    candidates = []
    const specs = { x: { shape: [64, 64], dtype: "f32" as const }, w: { shape: [64, 64], dtype } }
    using _ = await other.compile(({ x, w }: { readonly x: Tensor; readonly w: Tensor }) => matmul(x, w), specs)
    return candidates.some(({ arithmetic }) => arithmetic === "f16")
  }

  test("is offered only where it was asked for, one operand is stored in f16, and the adapter can", async () => {
    await using plain = await openDevice({ planFor, choose })
    await using without = await openDevice({ halfArithmetic: true, without: ["shader-f16"], planFor, choose })
    expect(await isOffered(device, "f16")).toBe(halvable())
    expect(await isOffered(device, "f32")).toBe(false)
    expect(await isOffered(plain, "f16")).toBe(false)
    expect(await isOffered(without, "f16")).toBe(false)
  })
})
