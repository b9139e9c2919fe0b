import * as E from "fp-ts/lib/Either.js"
import type { Emit } from "../../../codegen/emit.ts"
import { chain, wgsl, type Wgsl } from "../../../codegen/expression.ts"
import { addIndex, constantIndex, scaleIndex, type Index } from "../../../codegen/indexing.ts"
import { literal } from "../../../codegen/literal.ts"
import type { Attributes, Op } from "../../../op/op.ts"
import type { Unfinished } from "../../dispatch/kernel.ts"
import { range } from "../../emit/operand.ts"
import type { Correlation } from "../textures/correlation.ts"
import { winogradOf } from "../textures/winogradMatrices.ts"
import { productScratch, winogradLayout } from "./layout.ts"

/** How tiles of pixels cover an image. */
interface Tiling {
  readonly tile: 2 | 4
  readonly down: number
  readonly across: number
}

const tilingOf = (attributes: Attributes): Tiling => attributes as unknown as Tiling

/** A number by which of a tile's rows an index says: known where the index is a constant, else selected. */
const coefficient = (emit: Emit, at: Index, numbers: readonly number[]): number | Wgsl => {
  if (at.terms.length === 0) return numbers[at.offset]!
  if (numbers.every((number) => number === numbers[0])) return numbers[0]!
  const selected = numbers
    .slice(1)
    .reduce<Wgsl>(
      (other, number, i) => wgsl`select(${other}, ${literal(number, "f32")}, ${emit.text(at)} == ${i + 1}u)`,
      literal(numbers[0]!, "f32"),
    )
  return emit.name("f32", selected)
}

const product = (factor: number | Wgsl, value: () => Wgsl): readonly Wgsl[] => {
  if (factor === 0) return []
  if (factor === 1) return [value()]
  return [wgsl`${typeof factor === "number" ? literal(factor, "f32") : factor} * ${value()}`]
}

/** Row number `at` of Aᵀ times the values. */
const transformed = (emit: Emit, { tile }: Tiling, at: Index, values: (column: number) => Wgsl): Wgsl => {
  const { result, extent } = winogradOf(tile)
  return chain(
    "+",
    range(extent).flatMap((column) =>
      product(
        coefficient(
          emit,
          at,
          result.map((row) => row[column]!),
        ),
        () => values(column),
      ),
    ),
  )
}

const emitElement = (emit: Emit, index: readonly Index[], attributes: Attributes): Wgsl => {
  const tiling = tilingOf(attributes)
  const { tile, down, across } = tiling
  const { extent } = winogradOf(tile)
  const [image, feature, y, x] = index as readonly [Index, Index, Index, Index]
  const [tileY, row] = emit.split(y, [down, tile]) as readonly [Index, Index]
  const [tileX, column] = emit.split(x, [across, tile]) as readonly [Index, Index]
  const place = addIndex(scaleIndex(addIndex(scaleIndex(image, down), tileY), across), tileX)
  const read = (plane: number): Wgsl => emit.read(0, [constantIndex(plane), feature, place])
  const inColumn = (j: number): Wgsl =>
    emit.name(
      "f32",
      transformed(emit, tiling, row, (i) => read(i * extent + j)),
    )
  return transformed(emit, tiling, column, inColumn)
}

/** y[n, o, p] of Winograd's planes [plane][feature][tile]: Aᵀ M A of the tile in which a pixel lies, at its place there. */
const fromPlanes: Op = {
  name: "fromPlanes",
  doc: "fromPlanes(m)[n, o, y, x] = (Aᵀ M A)[y mod t, x mod t], M the numbers of one tile and feature in all planes",
  gives: () => E.right({ shape: [], dtype: "f32" }),
  cpu: ([planes], output, attributes) => {
    const { tile, down, across } = tilingOf(attributes)
    const { result, extent } = winogradOf(tile)
    const [, features, high, wide] = output.shape as readonly [number, number, number, number]
    const [, wideFeatures, wideTiles] = planes!.shape as readonly [number, number, number]
    for (let at = 0; at < output.data.length; at++) {
      const [x, y] = [at % wide, Math.floor(at / wide) % high]
      const plane = Math.floor(at / (wide * high))
      const [feature, image] = [plane % features, Math.floor(plane / features)]
      const place = (image * down + Math.floor(y / tile)) * across + Math.floor(x / tile)
      output.data[at] = range(extent * extent).reduce((sum, k) => {
        const [i, j] = [Math.floor(k / extent), k % extent]
        const factor = result[y % tile]![i]! * result[x % tile]![j]!
        return sum + factor * Number(planes!.data[(k * wideFeatures + feature) * wideTiles + place]!)
      }, 0)
    }
  },
  lowering: { kind: "inline", emit: emitElement },
  vjp: { none: "planning leaves results unfinished when derivatives are taken already" },
  flops: () => 24,
  shows: [],
  samples: [],
}

/** What the products of planes leave to the transform back. */
export const planesLeft = (correlation: Correlation, tile: 2 | 4): Unfinished => {
  const layout = winogradLayout(correlation, tile)
  const { planes, down, across, wideFeatures, wideTiles } = layout
  return {
    scratch: productScratch(layout).scratch,
    shape: [planes, wideFeatures, wideTiles],
    op: fromPlanes,
    attributes: { tile, down, across },
    choice: { way: "tiledWinograd", tile },
    loads: planes / tile,
  }
}
