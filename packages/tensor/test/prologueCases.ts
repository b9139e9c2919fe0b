import { expect } from "vitest"
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
  reshape,
  silu,
  sizeOf,
  type Compiled,
  type HostArray,
  type Tensor,
} from "../src/index.ts"
import type { Choice, Decision } from "../src/kernels/way/choice.ts"
import type { KernelFacts } from "../src/adapter/kernelFacts.ts"
import { conv2dInput } from "../src/ops/conv2dInput.ts"
import type { Shape } from "../src/shape/shape.ts"

export type Args = { readonly x: Tensor; readonly y: Tensor; readonly w: Tensor }
type Program = (args: Args) => Tensor

export const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })

const doubled = (x: Tensor): Tensor => {
  const [n, c, h, w] = x.shape as readonly [number, number, number, number]
  return reshape(expand(reshape(x, [n, c, h, 1, w, 1]), [n, c, h, 2, w, 2]), [n, c, 2 * h, 2 * w])
}

export const x: Shape = [2, 32, 20, 24]
export const same = { padding: 1 }
const whole = { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } as const

/** What a kernel computes while it lays its image out; `y` is another argument of the shape given. */
export interface Prologue {
  readonly y: Shape
  readonly w: Shape
  readonly program: Program
}

export const prologues: readonly (readonly [string, Prologue])[] = [
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

export const isComputed = ({ plan }: Pick<Compiled<never, unknown>, "plan">): boolean =>
  plan.steps.some(({ label }) => label.endsWith("(image, computed)"))

/** A device that is told which of the choices to take. */
export const telling = async () => {
  const teller = { candidates: [] as readonly Choice[], told: null as Choice | null }
  const choose = (decision: Decision): Choice => {
    teller.candidates = [...decision.candidates, ...decision.others]
    return teller.told ?? decision.candidates[0]
  }
  return { teller, device: await openDevice({ planFor: { workgroupMemory: 0 }, choose }) }
}

export type Telling = Awaited<ReturnType<typeof telling>>

/** Expects a prologue to be computed where the image is laid out, and right by those of the choices that are taken. */
export const expectComputed = async (
  { device, teller }: Telling,
  { y, w, program }: Prologue,
  taken: (choices: readonly Choice[]) => readonly Choice[],
): Promise<void> => {
  const given = { x: noise(x, 1), y: noise(y, 2), w: noise(w, 3) }
  const specs = { x: f32(x), y: f32(y), w: f32(w) }
  const inputs = { x: input(specs.x, "x"), y: input(specs.y, "y"), w: input(specs.w, "w") }
  const want = interpret(program(inputs), new Map(Object.entries(given)))
  teller.told = null
  teller.candidates = []
  expect(isComputed({ plan: device.planOf(program, specs) })).toBe(isFast(device.planning.facts))
  const choices = teller.candidates.length === 0 ? [{ way: "registers" }] : teller.candidates
  for (teller.told of taken(choices)) {
    using compiled = await device.compile(program, specs)
    const got = await device.read(compiled(given))
    const error = root(Array.from(want.data).map((value, i) => got.data[i]! - value)) / root(want.data)
    expect(error, JSON.stringify(teller.told)).toBeLessThan(teller.told["tile"] === 4 ? 1e-5 : 2e-6)
  }
}
