import { call, statement, type Wgsl, wgsl } from "../../codegen/expression.ts"
import { hasQuads } from "../../codegen/quads.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { lines } from "../emit/operand.ts"
import { accumulatorOf } from "./rowAccumulators.ts"
import { alongRow, loopsOf, type Loops } from "./rowLoops.ts"
import { extentsOf, type RowProgram } from "./rowProgram.ts"
import type { RowCode, RowPass, RowValue, RowWalk } from "./emitRows.ts"

export const isVector = ({ layout }: RowCode, tensor: Tensor): boolean => layout.width === 4 && hasQuads(tensor)

const storeWhole = (rows: RowCode, name: string, tensor: Tensor, at: Wgsl, values: readonly Wgsl[]): string =>
  isVector(rows, tensor)
    ? statement`store4_${name}(${at}, ${call("vec4", values)});`
    : lines(
        values.map(
          (value, k) => statement`store_${name}(${rows.layout.width === 1 ? at : wgsl`${at} * 4u + ${k}u`}, ${value});`,
        ),
      )

/** Statements that store values of whole rows. */
const storesOf = (
  code: RowCode,
  values: readonly RowValue[],
  positions: RowPass["positions"],
  outputs: readonly Tensor[],
): readonly string[] => {
  const { width } = code.layout
  return values.flatMap(({ tensor, rows }) =>
    rows.flatMap((elements, row) =>
      positions[row]!.map((at, step) =>
        storeWhole(code, `out${outputs.indexOf(tensor)}`, tensor, at, elements.slice(step * width, (step + 1) * width)),
      ),
    ),
  )
}

/** A share of a row instead of all of it: the longest one's steps, and the variable that says how many elements the workgroup's own has. */
export interface OwnShare {
  readonly stretch: number
  readonly elements: string
}

const loopsFor = (code: RowCode, length: number, steps: number, share?: OwnShare): Loops => {
  const loops = loopsOf(code, length, steps)
  return share === undefined ? loops : { ...loops, span: share.stretch, isShare: true }
}

/** The statements of a walk that folds, after which variables hold its results. */
export const foldWalk = (code: RowCode, walk: RowWalk, program: RowProgram, share?: OwnShare): string => {
  const { length } = extentsOf(program.domain)
  const counted = share?.elements ?? "params.length"
  const accumulators = walk.folds.flatMap((fold, i) =>
    walk.values[i]!.rows.map((values, row) =>
      accumulatorOf(fold, values, { folds: program.folds, row, layout: code.layout, length: counted }),
    ),
  )
  const all = (part: "results" | "start" | "open" | "body" | "close" | "finish"): readonly string[] =>
    accumulators.flatMap((accumulator) => accumulator[part])
  return lines(
    all("results"),
    "{",
    all("start"),
    alongRow(loopsFor(code, length, code.layout.steps.fold, share), walk, {
      open: all("open"),
      body: [...walk.lines, ...storesOf(code, walk.kept, walk.positions, program.outputs), ...all("body")],
      close: all("close"),
    }),
    all("finish"),
    "}",
  )
}

/** The statements of the walk that writes whole rows, if there are any to write. */
export const writeRows = (code: RowCode, { outputs, domain }: RowProgram, share?: OwnShare): readonly string[] => {
  const { rows, layout } = code
  const stores = storesOf(code, rows.values, rows.positions, outputs)
  const block = { open: [], body: [...rows.lines, ...stores], close: [] }
  return stores.length === 0
    ? []
    : ["{", alongRow(loopsFor(code, extentsOf(domain).length, layout.steps.write, share), rows, block), "}"]
}

/** The statements that write what there is one of for each row. */
export const writeScalars = ({ scalars }: RowCode, outputs: readonly Tensor[]): readonly string[] =>
  scalars.values.length === 0
    ? []
    : [
        "if (l == 0u) {",
        ...scalars.before,
        ...scalars.values.flatMap(({ tensor, rows }) =>
          rows.map(([value], row) => statement`store_out${outputs.indexOf(tensor)}(o + ${row}u, ${value!});`),
        ),
        "}",
      ]
