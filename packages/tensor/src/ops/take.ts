import { wgsl, type Wgsl } from "../codegen/expression.ts"
import * as E from "fp-ts/lib/Either.js"
import { isInteger } from "../dtype/dtype.ts"
import { dualPair } from "../op/dual.ts"
import { applyOp } from "../graph/graph.ts"
import { rowPosition } from "../host/rowPosition.ts"
import type { Op, Sample } from "../op/op.ts"
import type { HostArray } from "../host/array.ts"
import { sizeOf, type Shape } from "../shape/shape.ts"
import { cast } from "./cast.ts"
import { scatterAdd } from "./scatterAdd.ts"

type NoAttributes = Readonly<Record<string, never>>

const takeOnHost = (table: HostArray, indices: HostArray, output: HostArray): void => {
  const rows = table.shape[0]!
  const width = sizeOf(table.shape.slice(1))
  for (let i = 0; i < indices.data.length; i++) {
    const row = rowPosition(indices.data[i]!, rows)
    output.data.set(table.data.subarray(row * width, (row + 1) * width), i * width)
  }
}

// An index clamped into the table, so that no read is out of bounds whatever the data.
const clampedRow = (index: Wgsl, dtype: string, rows: number): Wgsl =>
  dtype === "i32" ? wgsl`u32(clamp(${index}, 0i, ${rows - 1}i))` : wgsl`min(${index}, ${rows - 1}u)`

const takeSample = (table: Shape, indices: Shape, high: number, dtype: "i32" | "u32"): Sample<NoAttributes> => ({
  inputs: [
    { shape: table, dtype: "f32" },
    { shape: indices, dtype, low: 0, high },
  ],
  attributes: {},
})

export const takeOp: Op<NoAttributes> = {
  name: "take",
  doc: "take(table, i)[…i, …r] = table[i, …r], rows by number.  table: [n, ...r], i: i32|u32[...s] → [...s, ...r].  Numbers outside [0, n) are clamped",
  gives: ([table, indices]) =>
    table!.shape.length >= 1 && isInteger(indices!.dtype) && (table!.shape[0]! > 0 || sizeOf(indices!.shape) === 0)
      ? E.right({ shape: [...indices!.shape, ...table!.shape.slice(1)], dtype: table!.dtype })
      : E.left({
          _tag: "DTypeMismatch",
          op: "take",
          operands: [
            { name: "table", ...table! },
            { name: "indices", ...indices! },
          ],
          rule: "table needs at least one row, and indices must be i32 or u32",
          remedy: 'cast(indices, "i32") converts',
        }),
  cpu: ([table, indices], output) => takeOnHost(table!, indices!, output),
  lowering: {
    kind: "inline",
    emit: (emit, index, _attributes, [table, indices]) => {
      const rank = indices!.shape.length
      const rows = table!.shape[0]!
      const row = emit.bind(clampedRow(emit.read(1, index.slice(0, rank)), indices!.dtype, rows), rows)
      return emit.read(0, [row, ...index.slice(rank)])
    },
  },
  vjp: ({ inputs: [table, indices], cotangent }) => [
    cast(scatterAdd(cast(cotangent, "f32"), indices!, table!.shape[0]!), table!.dtype),
    null,
  ],
  flops: () => 0,
  shows: [
    {
      inputs: [
        { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
        { shape: [3], values: [2, 0, 9], dtype: "i32" },
      ],
      attributes: {},
      output: { shape: [3, 2], values: [5, 6, 1, 2, 5, 6] },
    },
  ],
  samples: [
    takeSample([7, 5], [11], 6, "i32"),
    takeSample([5], [2, 3], 8, "u32"),
    takeSample([4, 3, 2], [], 3, "i32"),
    takeSample([3, 2], [0], 2, "i32"),
    takeSample([65_537, 1], [9], 65_536, "u32"),
  ],
}

/** Rows of `table` by number. table: [n, ...row], indices: i32|u32[...s] → [...s, ...row]; numbers outside are clamped. */
export const take = dualPair("take", (table, indices) => applyOp(takeOp, [table, indices], {}))
