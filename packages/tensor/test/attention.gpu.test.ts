import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  attention,
  input,
  interpret,
  mul,
  openDevice,
  permute,
  reshape,
  sliceAxis,
  sum,
  type Device,
  type HostArray,
  type Shape,
  type Tensor,
} from "../src/index.ts"
import { hostKey } from "../src/key/hostKey.ts"
import type { Choice } from "../src/kernels/way/choice.ts"
import { gradients } from "./ops/reverse.ts"
import { randomArray } from "./ops/samples.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })

type Arguments = Readonly<Record<string, Tensor>>

interface Case {
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
const toThemselves = (batch: number, heads: number, tokens: number, width: number, causal = false): Case => ({
  shapes: { x: [batch, tokens, 3 * heads * width], weights: [batch, tokens, heads * width] },
  program: ({ x, weights }) => {
    const [q, k, v] = [0, 1, 2].map((part) => split(x!, part, heads, width)) as [Tensor, Tensor, Tensor]
    return differentiated(join(attention(q, k, v, { causal })), weights!, [x!])
  },
})

/** Heads of a projection each for queries and for keys and values of other tokens. */
const toOthers = (batch: number, heads: number, tokens: number, others: number, width: number): Case => ({
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
const separate = (heads: number, tokens: number, width: number): Case => ({
  shapes: Object.fromEntries(["q", "k", "v", "weights"].map((name) => [name, [1, heads, tokens, width]])),
  program: ({ q, k, v, weights }) => differentiated(attention(q!, k!, v!), weights!, [q!, k!, v!]),
})

const valuesOf = ({ shapes }: Case): Readonly<Record<string, HostArray>> =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape], i) => [name, randomArray(f32(shape), hostKey(i + 1))]))

const specsOf = ({ shapes }: Case) =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, f32(shape)]))

const wanted = (one: Case): readonly HostArray[] => {
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

interface Outcome {
  readonly results: readonly HostArray[]
  readonly choices: readonly Choice[]
}

const runOn = async (from: Device, one: Case): Promise<Outcome> => {
  using compiled = await from.compile(one.program, specsOf(one))
  const results = (await from.read(compiled(valuesOf(one)))) as readonly HostArray[]
  const steps = compiled.plan.steps.filter(({ family }) => family.startsWith("attention"))
  return { results, choices: steps.map(({ choice }) => choice) }
}

const expectRight = ({ results }: Outcome, want: readonly HostArray[]): void =>
  want.forEach((value, i) => expect(errorOf(results[i]!, value)).toBeLessThan(4e-6))

const hasTiles = (): boolean => device.planning.facts.textureExtent > 0 && device.planning.facts.subgroupSize === 8

const isOnTextures = ({ way }: Choice): boolean => way === "lanes" || way === "tiles"

const cases: readonly (readonly [string, Case])[] = [
  ["width 64, a rest of tokens", toThemselves(1, 4, 129, 64)],
  ["width 64, causal", toThemselves(2, 4, 101, 64, true)],
  ["width 40 to others", toOthers(2, 8, 97, 150, 40)],
  ["width 72", toThemselves(1, 8, 110, 72)],
  ["width 80 to few others", toOthers(1, 4, 200, 77, 80)],
  ["one query, as in attention pooling", toOthers(1, 16, 1, 300, 72)],
  ["width 160", toThemselves(1, 2, 120, 160)],
  ["heads one after the other", separate(8, 128, 40)],
]

describe("attention and its gradients come out right", () => {
  test.each(cases)("%s", async (_name, one) => {
    const outcome = await runOn(device, one)
    expectRight(outcome, wanted(one))
    expect(outcome.choices.map(isOnTextures)).toEqual(Array(3).fill(hasTiles()))
  })

  test("from buffers, where there are no textures or subgroups", async () => {
    await using other = await openDevice({ planFor: { textureExtent: 0, subgroupSize: 0 } })
    for (const [, one] of [cases[1]!, cases[2]!, cases[7]!]) {
      const outcome = await runOn(other, one)
      expectRight(outcome, wanted(one))
      expect(outcome.choices.map(isOnTextures)).toEqual([false, false, false])
    }
  })
})

// Every choice by position among a decision's candidates; past the last of them the first is taken again.
const withChoice = (position: number, planFor = {}) =>
  openDevice({ planFor, choose: ({ candidates }) => candidates[position] ?? candidates[0] })

// How many choices the three passes know between them, and from which adapters.
const choosing: readonly (readonly [string, Case, positions: number, distinct: number, planFor: object])[] = [
  ["rows in lanes", toThemselves(1, 16, 129, 16), 4, 4, {}],
  ["rows in lanes, whose columns come by four and by three", toThemselves(1, 4, 131, 64, true), 4, 6, {}],
  ["rows in lanes to few others, texels of a row no power of two", toOthers(2, 4, 99, 77, 72), 6, 10, {}],
  ["columns in lanes, as many queries ask for", toOthers(1, 16, 5, 500, 40), 6, 8, {}],
  ["columns in lanes, wide", toThemselves(1, 3, 136, 88), 5, 5, {}],
  ["buffers", toThemselves(1, 16, 129, 16), 3, 3, { textureExtent: 0 }],
]

describe("every choice a tuner may pick computes the same", () => {
  test.each(choosing)("%s", async (_name, one, positions, distinct, planFor) => {
    const want = wanted(one)
    const seen = new Set<string>()
    for (let position = 0; position < positions; position++) {
      await using other = await withChoice(position, planFor)
      const outcome = await runOn(other, one)
      expectRight(outcome, want)
      for (const choice of outcome.choices) seen.add(JSON.stringify(choice))
    }
    expect(seen.size).toBe(hasTiles() ? distinct : 3)
  })
})

test("attention repeats bit for bit", async () => {
  const one = cases[1]![1]
  const [first, second] = [await runOn(device, one), await runOn(device, one)]
  expect(second.results).toEqual(first.results)
})

test("the cotangent reaches the gradient's kernels where it lies", async () => {
  const one = toThemselves(1, 4, 129, 64)
  using compiled = await device.compile(one.program, specsOf(one))
  const kernels = compiled.plan.steps.map(({ label }) => label)
  const before = kernels.slice(
    0,
    kernels.findIndex((label) => label.startsWith("attentionQ")),
  )
  expect(before.filter((label) => label.includes("pad"))).toEqual([])
})
