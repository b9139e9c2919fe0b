import { expect, test } from "vitest"
import type { OpenOptions } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { interpret } from "../../src/graph/interpret.ts"
import type { Choose } from "../../src/kernels/way/choice.ts"
import { hostKey } from "../../src/key/hostKey.ts"
import type { HostArray } from "../../src/host/array.ts"
import { conv2dWeight } from "../../src/ops/conv2dWeight.ts"
import * as t from "../../src/ops/index.ts"
import type { Shape } from "../../src/shape/shape.ts"
import { openGuarded } from "../device/guardedDevice.ts"
import { randomArray } from "../ops/samples.ts"

type Program = (inputs: readonly Tensor[]) => Tensor

interface Case {
  readonly name: string
  readonly shapes: readonly Shape[]
  readonly program: Program
}

// Beyond a slice lies what a wrong bound or a wrong beginning would read.
const part = (x: Tensor, first: number, count: number): Tensor => t.slice(x, { starts: [first], ends: [first + count] })

const contraction: Case = {
  name: "aᵀ·b of rows from the middle, a sum of no whole steps",
  shapes: [
    [150, 128],
    [140, 128],
  ],
  program: ([a, b]) => t.matmul(t.transpose(part(a!, 5, 131)), part(b!, 2, 131)),
}

const product: Case = {
  name: "a·bᵀ of rows from the middle",
  shapes: [
    [140, 128],
    [110, 128],
  ],
  program: ([a, b]) => t.matmul(part(a!, 3, 131), t.transpose(part(b!, 4, 98))),
}

const batches: Case = {
  name: "a batch of products, with a tail",
  shapes: [
    [3, 65, 128],
    [3, 128, 68],
    [3, 65, 68],
  ],
  program: ([a, b, c]) => t.add(t.matmul(a!, b!), c!),
}

export const forward: Case = {
  name: "every second pixel of odd extents",
  shapes: [
    [2, 17, 13, 10],
    [20, 17, 3, 2],
  ],
  program: ([x, w]) => t.conv2d(x!, w!, { stride: 2, padding: [1, 0] }),
}

const whole: Case = {
  name: "a convolution of every pixel",
  shapes: [
    [1, 20, 13, 16],
    [12, 20, 3, 3],
  ],
  program: ([x, w]) => t.conv2d(x!, w!, { padding: 1 }),
}

const taps: Case = {
  name: "the gradient in the weights of a convolution of every second pixel",
  shapes: [
    [2, 20, 17, 14],
    [2, 12, 9, 7],
  ],
  program: ([x, g]) => conv2dWeight(x!, g!, [3, 3], { stride: [2, 2], padding: [1, 1, 1, 0], groups: 1 }),
}

const causal: Case = {
  name: "attention to what came before",
  shapes: Array.from({ length: 3 }, () => [1, 4, 131, 64]),
  program: ([q, k, v]) => t.attention(q!, k!, v!, { causal: true }),
}

const rows: Case = {
  name: "a number for each of many rows that share what they read",
  shapes: [[131, 24], [24]],
  program: ([x, w]) => t.variance(t.mul(x!, w!), { axis: -1 }),
}

const folds: Case = {
  name: "a sum over the axes before the last",
  shapes: [[3, 5, 8]],
  program: ([x]) => t.sum(t.mul(x!, 0.5), { axis: [0, 1] }),
}

export const all: readonly Case[] = [contraction, product, batches, forward, whole, taps, causal, rows, folds]

/** A contraction, a convolution and a gradient: what is computed by tiles in workgroup memory beside attention. */
export const inWorkgroups: readonly Case[] = [contraction, forward, taps]

/** Always one of these ways, where a decision has it: its first choice, or its last; Winograd's larger tile, whose rows have a rest. */
export const always =
  (wanted: readonly string[], place: 0 | -1): Choose =>
  ({ candidates, others }) =>
    [...candidates, ...others].filter(({ way, tile = 4 }) => wanted.includes(String(way)) && tile === 4).at(place) ??
    candidates[0]

export const memory = { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768 }

/** Ways to compute, which of their choices, what an adapter has that takes them, and what is computed. */
export type Wanted = readonly [
  ways: readonly string[],
  place: 0 | -1,
  planFor: OpenOptions["planFor"] & object,
  cases: readonly Case[],
]

export const interpreted = ({ program }: Case, values: readonly HostArray[]): HostArray =>
  interpret(
    program(values.map(({ shape, dtype }, i) => t.input({ shape, dtype }, `x${i}`))),
    new Map(values.map((value, i) => [`x${i}`, value])),
  )

const differences = (got: HostArray, want: HostArray): number => {
  const size = Math.max(...want.data)
  return Array.from(want.data).filter((x, i) => !(Math.abs(got.data[i]! - x) <= 1e-5 * size)).length
}

/** Tests that every case is right by these ways, and that nothing is written beyond its buffers. */
export const testWays = (adapters: readonly Wanted[]): void => {
  test.each(adapters)(
    "sizes that fit no tile are computed right, and nothing is written beyond them, by %s, choice %i",
    async (ways, place, planFor, chosen) => {
      const guarded = await openGuarded({ planFor, choose: always(ways, place) })
      const { device, harm } = guarded
      const values = chosen.map(({ shapes }, c) =>
        shapes.map((shape, i) => randomArray({ shape, dtype: "f32", low: -2, high: 2 }, hostKey(10 * c + i))),
      )
      const program = ({ x }: { readonly x: readonly (readonly Tensor[])[] }): readonly Tensor[] =>
        chosen.map((one, c) => one.program(x[c]!))
      using compiled = await device.compile(program, { x: values })
      const got = (await device.read(compiled({ x: values }))) as unknown as readonly HostArray[]
      const want = chosen.map((one, c) => interpreted(one, values[c]!))
      expect(chosen.filter((_, c) => differences(got[c]!, want[c]!) > 0).map(({ name }) => name)).toEqual([])
      const used = new Set(compiled.plan.steps.map(({ choice }) => choice["way"]))
      expect(ways.filter((way) => !used.has(way))).toEqual([])
      expect(await harm()).toEqual([])
      await guarded.close()
    },
  )
}
