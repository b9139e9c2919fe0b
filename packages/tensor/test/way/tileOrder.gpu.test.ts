import { expect, it } from "vitest"
import { add, matmul, openDevice } from "../../src/index.ts"
import { orderParams } from "../../src/kernels/tiles/tileOrder.ts"
import { computed, factsWith, picking, type MatrixCase } from "./matrixCases.ts"

const tile = { rows: 32, columns: 32 }
const card = { ...factsWith("nvidia"), storageBuffers: 8, bindingBytes: 2 ** 27, workgroupsPerAxis: 65_535 } as const

it("many tiles are walked in bands of rows, few row by row, and none by a parameter on processors", () => {
  const facts = { ...card, subgroupSize: 32, textureExtent: 0 }
  const products = { rows: 700, columns: 650, depth: 16, products: 3 }
  expect(orderParams(products, tile, facts)).toEqual({ band: 8 })
  expect(orderParams({ ...products, rows: 320, products: 100 }, tile, facts)).toEqual({ band: 1 })
  expect(orderParams(products, tile, { ...facts, isSoftware: true })).toEqual({})
})

// 22 rows of 21 tiles: the last band has six rows, and the last tiles of both extents hang over.
it("bands of tiles cover a batch of products once", async () => {
  const picker = picking("workgroup")
  picker.isWanted = ({ rows, columns }) => rows === tile.rows && columns === tile.columns
  await using device = await openDevice({
    planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768, invocations: 256 },
    choose: picker.choose,
  })
  const one: MatrixCase = {
    program: ({ a, b, c }) => add(matmul(a!, b!), c!),
    shapes: { a: [2, 700, 16], b: [2, 16, 650], c: [650] },
  }
  const { error, steps } = await computed(device, one, "highest")
  expect(steps.map(({ choice }) => choice)).toContainEqual(expect.objectContaining({ way: "workgroup", ...tile }))
  expect(steps.some(({ wgsl }) => wgsl.includes("params.band"))).toBe(true)
  expect(error).toBeLessThan(1e-6)
})
