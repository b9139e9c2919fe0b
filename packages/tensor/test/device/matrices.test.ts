import { describe, expect, it } from "vitest"
import { matrixSpellings, matrixText } from "../../src/codegen/subgroupMatrix.ts"
import type { MatrixNumber, MatrixShape } from "../../src/adapter/adapterFacts.ts"
import { operandPlaces, positionOf, variantsOf, type Variant } from "../../src/device/selfTest/matrixProduct.ts"
import { wrongShape, type RunProduct } from "../../src/device/selfTest/matrices.ts"

const shape = (m: number, n: number, k: number, operands: MatrixNumber, sums: MatrixNumber): MatrixShape => ({
  m,
  n,
  k,
  operands,
  sums,
})

/** What adapters of several makers list. */
const lists: Readonly<Record<string, readonly MatrixShape[]>> = {
  nvidia: [
    shape(16, 16, 16, "f16", "f32"),
    shape(16, 8, 16, "f16", "f32"),
    shape(16, 8, 8, "f16", "f32"),
    shape(16, 8, 16, "f16", "f16"),
  ],
  apple: [shape(8, 8, 8, "f32", "f32"), shape(8, 8, 8, "f16", "f16")],
  intel: [shape(8, 16, 16, "f16", "f32"), shape(8, 16, 16, "f16", "f16")],
  amd: [shape(16, 16, 16, "f16", "f32"), shape(16, 16, 16, "f16", "f16")],
}

const every = Object.entries(lists).flatMap(([maker, shapes]) => shapes.map((each) => ({ maker, ...each })))
const spelling = matrixSpellings[0]!

/** Multiplies as a right adapter does, reading and writing by the same places; `slip` makes it another one. */
const multiplying =
  (each: MatrixShape, slip: (variant: Variant, i: number) => Variant = (variant) => variant): RunProduct =>
  async (_code, given, begin) => {
    const out = begin.slice()
    for (const [i, variant] of variantsOf(each).entries()) {
      const { left, right, result } = slip(variant, i)
      for (let row = 0; row < each.m; row++)
        for (let column = 0; column < each.n; column++) {
          let sum = 0
          for (let inner = 0; inner < each.k; inner++)
            sum += given[positionOf(left, row, inner)]! * given[positionOf(right, inner, column)]!
          out[positionOf(result, row, column)]! += 2 * sum
        }
    }
    return out.buffer
  }

describe("products of matrix units", () => {
  it.each(every)("of $maker's $m×$n×$k $operands → $sums are found right when they are", async (each) => {
    expect(await wrongShape(each, spelling, 32, multiplying(each))).toBeUndefined()
  })

  it("are found wrong when one order is taken for the other", async () => {
    const each = shape(16, 8, 16, "f16", "f32")
    const transposed = (variant: Variant, i: number): Variant =>
      i === 5
        ? { ...variant, right: variantsOf(each).find(({ right }) => right.order !== variant.right.order)!.right }
        : variant
    // Both orders hold the same matrix: taking one for the other is right, reading one as the other is not.
    expect(await wrongShape(each, spelling, 32, multiplying(each, transposed))).toBeUndefined()
    const misread = ({ right, ...rest }: Variant, i: number): Variant =>
      i === 5
        ? { ...rest, right: { ...right, order: right.order === "row_major" ? "col_major" : "row_major" } }
        : { ...rest, right }
    expect(await wrongShape(each, spelling, 32, multiplying(each, misread))).toMatch(/16×8×16 f16 → f32 from storage,/)
  })

  it("are found wrong when the stride or the offset is ignored", async () => {
    const each = shape(8, 8, 8, "f32", "f32")
    const dense = (variant: Variant): Variant => ({ ...variant, left: { ...variant.left, stride: each.k } })
    const unmoved = (variant: Variant): Variant => ({ ...variant, left: { ...variant.left, offset: 0 } })
    expect(await wrongShape(each, spelling, 32, multiplying(each, dense))).toMatch(/is wrong/)
    expect(await wrongShape(each, spelling, 32, multiplying(each, unmoved))).toMatch(/is wrong/)
  })

  it("are found wrong when they are sums in fewer bits than promised", async () => {
    const each = shape(16, 16, 16, "f16", "f32")
    const narrow: RunProduct = async (code, given, begin) => {
      const sums = new Float32Array(await multiplying(each)(code, given, begin))
      return Float32Array.from(sums, (x) => Math.f16round(x)).buffer
    }
    expect(await wrongShape(each, spelling, 32, narrow)).toMatch(/is wrong/)
  })

  it("lie apart: no two places share an element", () => {
    for (const each of Object.values(lists).flat()) {
      const results = variantsOf(each).map(({ result }) => result)
      for (const places of [operandPlaces(each), results]) {
        const positions = places.flatMap((place) =>
          Array.from({ length: place.rows * place.columns }, (_, i) =>
            positionOf(place, Math.floor(i / place.columns), i % place.columns),
          ),
        )
        expect(new Set(positions).size).toBe(positions.length)
      }
    }
  })
})

describe("shaders of matrix units", () => {
  it("spell types and layouts as the implementation does", () => {
    const each = shape(16, 8, 32, "f16", "f32")
    const [newest, , oldest] = matrixSpellings
    expect(matrixText(each, newest!).type("right")).toBe("subgroup_matrix_right<f16, 8, 32>")
    expect(matrixText(each, { columnsFirst: false, orderInTemplate: true }).type("right")).toBe(
      "subgroup_matrix_right<f16, 32, 8>",
    )
    expect(matrixText(each, oldest!).load("left", "col_major", "&a", "0u", "16u")).toBe(
      "subgroupMatrixLoad<subgroup_matrix_left<f16, 32, 16>>(&a, 0u, true, 16u)",
    )
  })
})
