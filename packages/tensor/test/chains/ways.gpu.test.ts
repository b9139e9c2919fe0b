import { expect, test } from "vitest"
import { openDevice, type OpenOptions } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph.ts"
import { interpret } from "../../src/interpret.ts"
import type { Choose } from "../../src/kernels/way/choice.ts"
import { hostKey } from "../../src/key/hostKey.ts"
import type { HostArray } from "../../src/op.ts"
import * as t from "../../src/ops/index.ts"
import type { Shape } from "../../src/shape.ts"
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

const forward: Case = {
  name: "a convolution of odd extents",
  shapes: [
    [2, 17, 13, 10],
    [20, 17, 3, 2],
  ],
  program: ([x, w]) => t.conv2d(x!, w!, { stride: [1, 2], padding: [1, 0] }),
}

const rows: Case = {
  name: "a number for each of many rows that share what they read",
  shapes: [[131, 24], [24]],
  program: ([x, w]) => t.variance(t.mul(x!, w!), { axis: -1 }),
}

const folds: Case = {
  name: "a sum over axes that are not neighbours",
  shapes: [[3, 5, 8]],
  program: ([x]) => t.sum(t.mul(x!, 0.5), { axis: [0, 2] }),
}

const cases = [contraction, product, batches, forward, rows, folds]

/** Always this way, where a decision has it. */
const always =
  (wanted: string): Choose =>
  ({ candidates, others }) =>
    [...candidates, ...others].find(({ way }) => way === wanted) ?? candidates[0]

const adapters: readonly (readonly [way: string, OpenOptions])[] = [
  ["textures", { choose: always("textures") }],
  ["registers", { choose: always("registers"), planFor: { textureExtent: 0 } }],
  [
    "workgroup",
    { choose: always("workgroup"), planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768 } },
  ],
]

const differences = (got: HostArray, want: HostArray): number => {
  const size = Math.max(...want.data)
  return Array.from(want.data).filter((x, i) => !(Math.abs(got.data[i]! - x) <= 1e-5 * size)).length
}

test.each(adapters)("sizes that fit no tile are computed right by %s", async (way, options) => {
  await using device = await openDevice(options)
  const values = cases.map(({ shapes }, c) =>
    shapes.map((shape, i) => randomArray({ shape, dtype: "f32", low: -2, high: 2 }, hostKey(10 * c + i))),
  )
  const program = ({ x }: { readonly x: readonly (readonly Tensor[])[] }): readonly Tensor[] =>
    cases.map((one, c) => one.program(x[c]!))
  using compiled = await device.compile(program, { x: values })
  const got = (await device.read(compiled({ x: values }))) as unknown as readonly HostArray[]
  const want = cases.map((one, c) =>
    interpret(
      one.program(values[c]!.map(({ shape, dtype }, i) => t.input({ shape, dtype }, `x${i}`))),
      new Map(values[c]!.map((value, i) => [`x${i}`, value])),
    ),
  )
  expect(cases.filter((_, c) => differences(got[c]!, want[c]!) > 0).map(({ name }) => name)).toEqual([])
  expect(compiled.plan.steps.filter(({ choice }) => choice["way"] === way).length).toBeGreaterThan(0)
})
