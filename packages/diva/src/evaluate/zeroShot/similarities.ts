import { Effect } from "effect"
import { matmul, transpose, type HostArray, type Tensor } from "@diva/tensor"
import { Gpu } from "../../gpu/gpu.ts"
import { dot, vectorAt, vectorCount, type VectorTable } from "../features/vectorTable.ts"
import type { ScoreTable } from "./ranks.ts"

/** Below so many products a processor is done before a program is compiled. */
const smallWork = 2 ** 24

/** Rows that go through the machine at once. */
const blockRows = 256

const onHost = (rows: VectorTable, columns: VectorTable): ScoreTable => {
  const [n, m] = [vectorCount(rows), vectorCount(columns)]
  const values = new Float32Array(n * m)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) values[i * m + j] = dot(vectorAt(rows, i), vectorAt(columns, j))
  return { rows: n, columns: m, values }
}

interface Arguments {
  readonly rows: Tensor
  readonly columns: Tensor
}

const arrayOf = ({ width, values }: VectorTable): HostArray => ({
  shape: [values.length / width, width],
  dtype: "f32",
  data: values,
})

/** Rows from `start` on, with zeros behind the last to fill the block. */
const block = ({ width, values }: VectorTable, start: number): HostArray => {
  const data = new Float32Array(blockRows * width)
  data.set(values.subarray(start * width, (start + blockRows) * width))
  return { shape: [blockRows, width], dtype: "f32", data }
}

const onMachine = Effect.fnUntraced(function* (
  rows: VectorTable,
  columns: VectorTable,
  visit: (part: ScoreTable, first: number) => void,
) {
  const gpu = yield* Gpu
  const [n, m] = [vectorCount(rows), vectorCount(columns)]
  const program = yield* gpu.compile(
    ({ rows: x, columns: y }: Arguments) => ({ scores: matmul(x, transpose(y)) }),
    { rows: { shape: [blockRows, rows.width], dtype: "f32" }, columns: { shape: [m, rows.width], dtype: "f32" } },
    { name: "similarities" },
  )
  const held = yield* gpu.put(arrayOf(columns))
  for (let first = 0; first < n; first += blockRows) {
    const { scores } = yield* Effect.flatMap(program.run({ rows: block(rows, first), columns: held }), gpu.read)
    const count = Math.min(blockRows, n - first)
    visit({ rows: count, columns: m, values: (scores.data as Float32Array).subarray(0, count * m) }, first)
  }
}, Effect.scoped)

/**
 * Products of all rows with all columns, shown block by block with the number of the block's first row: a table of a large
 * data set does not fit into memory. Small ones are computed in one block on the processor.
 */
export const visitSimilarities = (
  rows: VectorTable,
  columns: VectorTable,
  visit: (part: ScoreTable, first: number) => void,
) =>
  Effect.suspend(() =>
    vectorCount(rows) * columns.values.length <= smallWork
      ? Effect.sync(() => visit(onHost(rows, columns), 0))
      : onMachine(rows, columns, visit),
  )
