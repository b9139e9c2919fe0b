import { expect } from "vitest"
import {
  attention,
  input,
  interpret,
  mul,
  permute,
  reshape,
  sliceAxis,
  sum,
  type Device,
  type HostArray,
  type Precision,
  type Shape,
  type Tensor,
} from "../src/index.ts"
import { hostKey } from "../src/key/hostKey.ts"
import type { Choice } from "../src/kernels/way/choice.ts"
import { gradients } from "./ops/reverse.ts"
import { randomArray } from "./ops/samples.ts"
import { separateSteps } from "./plan/separateSteps.ts"

const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })

type Arguments = Readonly<Record<string, Tensor>>

/** A program with attention in it, and the shapes of its arguments. */
export interface Case {
  readonly shapes: Readonly<Record<string, Shape>>
  /** Result and gradients. */
  readonly program: (args: Arguments) => readonly Tensor[]
}

const differentiated = (y: Tensor, weights: Tensor, wrt: readonly Tensor[]): readonly Tensor[] => [
  y,
  ...gradients(sum(mul(y, weights)), wrt),
]

const split = (x: Tensor, part: number, heads: number, width: number): Tensor => {
  const [batch, tokens] = x.shape as readonly [number, number, number]
  const mine = sliceAxis(x, -1, part * heads * width, (part + 1) * heads * width)
  return permute(reshape(mine, [batch, tokens, heads, width]), [0, 2, 1, 3])
}

const join = (y: Tensor): Tensor => {
  const [batch, heads, tokens, width] = y.shape as readonly [number, number, number, number]
  return reshape(permute(y, [0, 2, 1, 3]), [batch, tokens, heads * width])
}

/** Heads of one projection of the tokens: q, k and v lie side by side. */
export const toThemselves = (batch: number, heads: number, tokens: number, width: number, causal = false): Case => ({
  shapes: { x: [batch, tokens, 3 * heads * width], weights: [batch, tokens, heads * width] },
  program: ({ x, weights }) => {
    const [q, k, v] = [0, 1, 2].map((part) => split(x!, part, heads, width)) as [Tensor, Tensor, Tensor]
    return differentiated(join(attention(q, k, v, { causal })), weights!, [x!])
  },
})

/** Heads of a projection each for queries and for keys and values of other tokens. */
export const toOthers = (batch: number, heads: number, tokens: number, others: number, width: number): Case => ({
  shapes: {
    q: [batch, tokens, heads * width],
    kv: [batch, others, 2 * heads * width],
    weights: [batch, tokens, heads * width],
  },
  program: ({ q, kv, weights }) => {
    const [k, v] = [0, 1].map((part) => split(kv!, part, heads, width)) as [Tensor, Tensor]
    return differentiated(join(attention(split(q!, 0, heads, width), k, v)), weights!, [q!, kv!])
  },
})

/** Heads one after the other, whose rows are no multiple of what a copy to a texture moves. */
export const separate = (heads: number, tokens: number, width: number): Case => ({
  shapes: Object.fromEntries(["q", "k", "v", "weights"].map((name) => [name, [1, heads, tokens, width]])),
  program: ({ q, k, v, weights }) => differentiated(attention(q!, k!, v!), weights!, [q!, k!, v!]),
})

const valuesOf = ({ shapes }: Case): Readonly<Record<string, HostArray>> =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape], i) => [name, randomArray(f32(shape), hostKey(i + 1))]))

export const specsOf = ({ shapes }: Case) =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, f32(shape)]))

export const wanted = (one: Case): readonly HostArray[] => {
  const args = Object.fromEntries(Object.entries(one.shapes).map(([name, shape]) => [name, input(f32(shape), name)]))
  const given = new Map(Object.entries(valuesOf(one)))
  return interpret(one.program(args), given, { precision: "f64" }) as unknown as readonly HostArray[]
}

// Largest error beside the largest element, which is what rounding of long sums scales with.
const errorOf = (got: HostArray, want: HostArray): number => {
  expect(got.shape).toEqual(want.shape)
  let [worst, scale] = [0, 0]
  for (let i = 0; i < want.data.length; i++) {
    scale = Math.max(scale, Math.abs(want.data[i]!))
    const error = Math.abs(got.data[i]! - want.data[i]!)
    worst = error <= worst ? worst : error
  }
  return worst / scale
}

export interface Outcome {
  readonly results: readonly HostArray[]
  readonly choices: readonly Choice[]
}

export const runOn = async (from: Device, one: Case, precision: Precision = "highest"): Promise<Outcome> => {
  using compiled = await from.compile(one.program, specsOf(one), { precision })
  const results = (await from.read(compiled(valuesOf(one)))) as readonly HostArray[]
  const steps = separateSteps(compiled.plan.steps).filter(({ family }) => family.startsWith("attention"))
  return { results, choices: steps.map(({ choice }) => choice) }
}

export const expectRight = ({ results }: Outcome, want: readonly HostArray[], allowed = 4e-6): void =>
  want.forEach((value, i) => expect(errorOf(results[i]!, value)).toBeLessThan(allowed))

/** Whether attention has ways of subgroups and textures there. */
export const hasTiles = ({ planning: { facts } }: Device): boolean =>
  facts.textureExtent > 0 && facts.subgroupSize === 8
