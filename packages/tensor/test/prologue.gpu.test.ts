import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  add,
  cast,
  concat,
  conv2d,
  expand,
  input,
  interpret,
  mul,
  openDevice,
  pad,
  permute,
  planOf,
  reshape,
  silu,
  sizeOf,
  type Compiled,
  type Device,
  type HostArray,
  type Tensor,
} from "../src/index.ts"
import type { Choice, Decision } from "../src/kernels/way/choice.ts"
import type { KernelFacts } from "../src/adapter/kernelFacts.ts"
import { conv2dInput } from "../src/ops/conv2dInput.ts"
import type { Shape } from "../src/shape/shape.ts"

type Args = { readonly x: Tensor; readonly y: Tensor; readonly w: Tensor }
type Program = (args: Args) => Tensor

const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })

const doubled = (x: Tensor): Tensor => {
  const [n, c, h, w] = x.shape as readonly [number, number, number, number]
  return reshape(expand(reshape(x, [n, c, h, 1, w, 1]), [n, c, h, 2, w, 2]), [n, c, 2 * h, 2 * w])
}

const x: Shape = [2, 32, 20, 24]
const same = { padding: 1 }
const whole = { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const

/** What a kernel computes while it lays its image out; `y` is another argument of the shape given. */
const prologues: readonly (readonly [string, { readonly y: Shape; readonly w: Shape; readonly program: Program }])[] = [
  ["an activation", { y: [1], w: [64, 32, 3, 3], program: ({ x, w }) => conv2d(silu(x), w, same) }],
  ["a scale for all", { y: [1], w: [64, 32, 3, 3], program: ({ x, y, w }) => conv2d(mul(x, y), w, same) }],
  ["a larger image", { y: [1], w: [32, 32, 3, 3], program: ({ x, w }) => conv2d(doubled(x), w, same) }],
  [
    "a border of ones on one side",
    {
      y: [1],
      w: [128, 32, 3, 3],
      program: ({ x, w }) => conv2d(pad(x, { high: [0, 0, 1, 1], value: 1 }), w, { stride: 2 }),
    },
  ],
  [
    "joined channels",
    { y: [2, 9, 20, 24], w: [50, 41, 3, 3], program: ({ x, y, w }) => conv2d(concat([x, y], 1), w, same) },
  ],
  [
    "odd extents in another order",
    { y: [1], w: [70, 20, 3, 3], program: ({ x, w }) => conv2d(silu(permute(x, [0, 2, 1, 3])), w, same) },
  ],
  ["halves", { y: [1], w: [64, 32, 3, 3], program: ({ x, w }) => conv2d(silu(cast(cast(x, "f16"), "f32")), w, same) }],
  [
    "a cotangent's factor",
    { y: [1], w: [32, 64, 3, 3], program: ({ x, y, w }) => conv2dInput(mul(x, y), w, [2, 64, 20, 24], whole) },
  ],
  [
    "a cotangent between zeros",
    {
      y: [1],
      w: [32, 64, 3, 3],
      program: ({ x, w }) =>
        conv2dInput(silu(x), w, [2, 64, 40, 48], { ...whole, stride: [2, 2], padding: [1, 0, 1, 0] }),
    },
  ],
  [
    "an activation, and one after it",
    { y: [1], w: [64, 32, 3, 3], program: ({ x, y, w }) => silu(add(conv2d(silu(x), w, same), y)) },
  ],
]

const noise = (shape: Shape, seed: number): HostArray => {
  let state = seed * 7919 + 1
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1
  return { ...f32(shape), data: Float32Array.from({ length: sizeOf(shape) }, next) }
}

const root = (data: ArrayLike<number>): number =>
  Math.sqrt(Array.from(data).reduce((sum, value) => sum + value * value, 0) / data.length)

const isFast = ({ subgroupSize, textureExtent }: KernelFacts): boolean => subgroupSize === 8 && textureExtent > 0

const isComputed = ({ plan }: Pick<Compiled<never, unknown>, "plan">): boolean =>
  plan.steps.some(({ label }) => label.endsWith("(image, computed)"))

let candidates: readonly Choice[] = []
let told: Choice | null = null
let device: Device

beforeAll(async () => {
  const choose = (decision: Decision): Choice => {
    candidates = [...decision.candidates, ...decision.others]
    return told ?? decision.candidates[0]
  }
  device = await openDevice({ planFor: { workgroupMemory: 0 }, choose })
})

afterAll(() => device.close())

describe("what a convolution computes while it lays its image out", () => {
  test.each(prologues)(
    "%s, by every method",
    async (_name, { y, w, program }) => {
      const given = { x: noise(x, 1), y: noise(y, 2), w: noise(w, 3) }
      const specs = { x: f32(x), y: f32(y), w: f32(w) }
      const inputs = { x: input(specs.x, "x"), y: input(specs.y, "y"), w: input(specs.w, "w") }
      const want = interpret(program(inputs), new Map(Object.entries(given)))
      told = null
      candidates = []
      using untuned = await device.compile(program, specs)
      expect(isComputed(untuned)).toBe(isFast(device.planning.facts))
      const choices = candidates.length === 0 ? [{ way: "registers" }] : candidates
      for (told of choices) {
        using compiled = await device.compile(program, specs)
        const got = await device.read(compiled(given))
        const error = root(Array.from(want.data).map((value, i) => got.data[i]! - value)) / root(want.data)
        expect(error, JSON.stringify(told)).toBeLessThan(told["tile"] === 4 ? 1e-5 : 2e-6)
      }
    },
    120_000,
  )
})

const software: KernelFacts = {
  storageBuffers: 16,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65_535,
  subgroupSize: 8,
  textureExtent: 16_384,
  isSoftware: true,
}

const planned = (program: (args: Args) => unknown, limits: KernelFacts = software) =>
  planOf(program, { x: f32(x), y: f32(x), w: f32([64, 32, 3, 3]) }, limits)

describe("an image is stored all the same", () => {
  test("where each element would be computed many times", () => {
    const plan = planned(({ x, w }) => conv2d(silu(x), w, same), { ...software, subgroupSize: 0, textureExtent: 0 })
    expect(isComputed({ plan })).toBe(false)
    expect(plan.notes.join()).toContain("operand of conv2d")
  })

  test("where another kernel reads it too", () => {
    const plan = planned(({ x, w }) => {
      const image = silu(x)
      return { result: conv2d(image, w, same), image }
    })
    expect(isComputed({ plan })).toBe(false)
  })

  test("where more would be read than it holds", () => {
    expect(isComputed({ plan: planned(({ x, w }) => conv2d(add(x, silu(x)), w, same)) })).toBe(true)
    expect(isComputed({ plan: planned(({ x, y, w }) => conv2d(add(x, y), w, same)) })).toBe(false)
  })
})
