import { expect } from "vitest"
import {
  add,
  applyOp,
  input,
  interpret,
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
import type { Shape } from "../src/shape/shape.ts"

export const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })

export const noise = (shape: Shape, seed: number): HostArray => {
  let state = seed * 7919 + 1
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1
  return { ...f32(shape), data: Float32Array.from({ length: sizeOf(shape) }, next) }
}

export interface Problem {
  readonly name: string
  readonly x: Shape
  readonly w: Shape
  readonly stride: readonly [number, number]
  readonly padding: readonly [number, number, number, number]
  readonly groups?: number
}

export const problems: readonly Problem[] = [
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

export interface Case {
  readonly program: (args: Args) => Tensor
  readonly shapes: readonly [a: Shape, b: Shape, c: Shape]
}

// Each with a tail, so that fused arithmetic and its addressing are part of what is compared.
export const forms: readonly (readonly [string, (problem: Problem) => Case])[] = [
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

/** What the planner may choose among, gathered as it asks. */
export const seen: Decision[] = []
let told: Choice | null = null

/** Makes the planner take a choice; `null`: the one it takes for the fastest. */
export const tell = (choice: Choice | null): void => {
  told = choice
}

export const choose = (decision: Decision): Choice => {
  seen.push(decision)
  return told ?? decision.candidates[0]
}

export const specsOf = ({ shapes: [a, b, c] }: Case) => ({ a: f32(a), b: f32(b), c: f32(c) })

export const argumentsOf = ({ shapes: [a, b, c] }: Case) => ({ a: noise(a, 1), b: noise(b, 2), c: noise(c, 3) })

export const candidatesOf = async (device: Device, subject: Case): Promise<readonly Choice[]> => {
  seen.length = 0
  told = null
  using _ = await device.compile(subject.program, specsOf(subject))
  return seen.length === 0
    ? [{ way: "registers" }]
    : seen.flatMap(({ candidates, others }) => [...candidates, ...others])
}

export const reference = (subject: Case): HostArray => {
  const specs = specsOf(subject)
  const inputs = { a: input(specs.a, "a"), b: input(specs.b, "b"), c: input(specs.c, "c") }
  return interpret(subject.program(inputs), new Map(Object.entries(argumentsOf(subject))))
}

const root = (data: ArrayLike<number>): number =>
  Math.sqrt(Array.from(data).reduce((sum, x) => sum + x * x, 0) / data.length)

export const run = async (device: Device, subject: Case, choice: Choice): Promise<HostArray> => {
  told = choice
  using compiled = await device.compile(subject.program, specsOf(subject))
  expect(compiled.plan.steps.map((step) => step.choice)).toContainEqual(expect.objectContaining(choice))
  return device.read(compiled(argumentsOf(subject)))
}

// Root mean square of the error beside that of the result; Winograd's transforms lose a digit.
export const errorOf = (got: HostArray, want: HostArray): number => {
  expect(got.shape).toEqual(want.shape)
  return root(Array.from(want.data).map((x, i) => got.data[i]! - x)) / root(want.data)
}

export const allowed = (choice: Choice): number => (choice["way"] === "winograd" && choice["tile"] === 4 ? 1e-5 : 2e-6)

export const compareAll = async (device: Device, subject: Case): Promise<readonly Choice[]> => {
  const want = reference(subject)
  const choices = await candidatesOf(device, subject)
  for (const choice of choices)
    expect(errorOf(await run(device, subject, choice), want), JSON.stringify(choice)).toBeLessThan(allowed(choice))
  return choices
}

export const isFast = ({ planning: { facts } }: Device): boolean => facts.subgroupSize === 8 && facts.textureExtent > 0

/** The choice that the planner takes for the fastest computes what the interpreter does; gives all it knows. */
export const compareFirst = async (device: Device, subject: Case): Promise<readonly Choice[]> => {
  const choices = await candidatesOf(device, subject)
  const [first] = choices as readonly [Choice]
  expect(errorOf(await run(device, subject, first), reference(subject)), JSON.stringify(first)).toBeLessThan(
    allowed(first),
  )
  return choices
}
