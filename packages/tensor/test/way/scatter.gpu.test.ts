import { expect, it } from "vitest"
import {
  add,
  input,
  interpret,
  knownAdapters,
  openDevice,
  permute,
  planOf,
  scatterAdd,
  type HostArray,
  type Spec,
  type Tensor,
} from "../../src/index.ts"
import { hostKey } from "../../src/key/hostKey.ts"
import { randomArray } from "../ops/samples.ts"

type Operands = { readonly updates: Tensor; readonly indices: Tensor; readonly x: Tensor }

const specs = (updates: Spec["shape"], places: number, x: Spec["shape"]): Readonly<Record<keyof Operands, Spec>> => ({
  updates: { shape: updates, dtype: "f32" },
  indices: { shape: [places], dtype: "i32" },
  x: { shape: x, dtype: "f32" },
})

// Numbers below 0 and past the last row, most of them of one row, some rows without any.
const numbers = (places: number, rows: number): HostArray => ({
  shape: [places],
  dtype: "i32",
  data: Int32Array.from({ length: places }, (_, i) =>
    i % 3 === 0 ? 5 : ((i * 7919) % (2 * rows)) - Math.floor(rows / 4),
  ),
})

const rows = 37

const cases = [
  ["rows of one number", [200, 1], 200, (updates: Tensor) => updates],
  ["wide rows", [123, 65], 123, (updates: Tensor) => updates],
  ["updates that lie transposed", [6, 90], 90, (updates: Tensor) => permute(updates, [1, 0])],
  ["a single update", [1, 3], 1, (updates: Tensor) => updates],
] as const

it.for(cases)(
  "added up row by row or along lists, sums have the same bits, and a tail: %s",
  async ([, shape, places, laid]) => {
    const width = places === shape[0] ? shape[1] : shape[0]
    const program = ({ updates, indices, x }: Operands): Tensor => add(scatterAdd(laid(updates), indices, rows), x)
    const given = specs(shape, places, [rows, width])
    const values = {
      updates: randomArray({ ...given.updates, low: -1, high: 1 }, hostKey(1)),
      indices: numbers(places, rows),
      x: randomArray({ ...given.x, low: -1, high: 1 }, hostKey(2)),
    }
    const computedBy = async (way: string): Promise<HostArray> => {
      await using device = await openDevice({
        choose: ({ candidates, others }) => [...candidates, ...others].find((choice) => choice.way === way)!,
      })
      using compiled = await device.compile(program, given)
      expect(compiled.plan.steps.map(({ choice }) => choice["way"])).toContain(way)
      return await device.read(compiled(values))
    }
    const [elements, linked] = [await computedBy("elements"), await computedBy("linked")]
    expect(linked.data).toEqual(elements.data)
    const symbols = {
      updates: input(given.updates, "updates"),
      indices: input(given.indices, "indices"),
      x: input(given.x, "x"),
    }
    const want = interpret(program(symbols), new Map(Object.entries(values)))
    want.data.forEach((value, i) => expect(linked.data[i]).toBeCloseTo(Number(value), 4))
  },
)

it("few rows are added up in one kernel, many along lists", () => {
  const way = (places: number, width: number, of: number): unknown => {
    const spec = {
      updates: { shape: [places, width], dtype: "f32" },
      indices: { shape: [places], dtype: "i32" },
    } as const
    const sums = ({ updates, indices }: Pick<Operands, "updates" | "indices">): Tensor =>
      scatterAdd(updates, indices, of)
    return planOf(sums, spec, knownAdapters.llvmpipe).steps.at(-1)!.choice["way"]
  }
  expect([way(36, 1024, 257), way(368, 192, 1040), way(4928, 768, 49_408)]).toEqual(["elements", "linked", "linked"])
})
