import { statement, type Wgsl } from "../../../codegen/expression.ts"
import type { Tensor } from "../../../graph/tensor.ts"
import { contiguousView } from "../../../shape/view.ts"
import { sidesOf } from "../../contract/workgroup.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import type { Kernel, Scratch } from "../../dispatch/kernel.ts"
import { lines, type Operand } from "../../emit/operand.ts"
import {
  sharedDeclarations,
  sharedDirectives,
  sharedStores,
  sharedSums,
  tileCount,
  tileInvocations,
  type Products,
} from "../../tiles/workgroupTile.ts"
import type { Site } from "../../way/way.ts"
import type { Correlation } from "../textures/correlation.ts"
import { scratchVectors } from "../textures/paddedImage.ts"
import { imageScratch, productScratch, weightScratch, winogradLayout, type WinogradTile } from "./layout.ts"

/** One product per plane: features by tiles, over channels. */
export const planeProducts = (correlation: Correlation, tile: 2 | 4): Products => {
  const { planes, wideFeatures, wideTiles } = winogradLayout(correlation, tile)
  return { products: planes, rows: wideFeatures, columns: wideTiles, depth: correlation.channels }
}

// What lies in scratch memory is read as operands of contractions are.
const asOperand = (scratch: Scratch, name: string, depth: number, extent: number, turned: boolean): Operand => {
  const view = contiguousView([depth, extent])
  const { shape, strides } = view
  return {
    load: `load_${name}`,
    base: scratch as unknown as Tensor,
    view: turned ? { ...view, shape: [shape[1]!, shape[0]!], strides: [strides[1]!, strides[0]!] } : view,
  }
}

const storePlanes = (row: Wgsl, column: Wgsl, sums: string): readonly string[] => [
  "{",
  statement`let row = ${row};`,
  statement`let column = ${column};`,
  statement`if (row < params.m && column < params.n) { store4_products(((plane * params.m + row) * params.n + column) >> 2u, ${sums}); }`,
  "}",
]

/** Products of transformed weights and image, plane by plane: tiles in workgroup memory, operands in whole vectors. */
export const multiplyPlanes = (
  family: string,
  correlation: Correlation,
  { tile, ...choice }: WinogradTile,
  { facts }: Site,
): Kernel => {
  const { channels } = correlation
  const layout = winogradLayout(correlation, tile)
  const { planes, wideFeatures, wideTiles } = layout
  const [weights, image, products] = [
    weightScratch(correlation, layout),
    imageScratch(correlation, layout),
    productScratch(layout),
  ]
  const a = asOperand(weights, "weights", channels, wideFeatures, true)
  const b = asOperand(image, "image_tiles", channels, wideTiles, false)
  const [left, right] = sidesOf(
    { a, b },
    {
      vectors: new Set([a.base, b.base]),
      wholeSteps: channels % choice.depth === 0,
    },
  )
  return assembleKernel({
    label: "planes (multiplied)",
    family,
    bindings: [
      scratchVectors(weights, "weights", "read", facts),
      scratchVectors(image, "image_tiles", "read", facts),
      scratchVectors(products, "products", "write", facts),
    ],
    directives: sharedDirectives(choice),
    params: { m: wideFeatures, n: wideTiles, k: channels, planes, a_k: wideFeatures, b_k: wideTiles },
    functions: [sharedDeclarations(choice)],
    code: "",
    elements: products.size,
    workgroupSize: tileInvocations(choice),
    main: lines(
      statement`let row_tiles = (params.m + ${choice.rows - 1}u) / ${choice.rows}u;`,
      statement`let column_tiles = (params.n + ${choice.columns - 1}u) / ${choice.columns}u;`,
      "let plane = group / (row_tiles * column_tiles);",
      // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
      "if (plane >= params.planes) { return; }",
      statement`let first_left = group / column_tiles % row_tiles * ${choice.rows}u;`,
      statement`let first_right = group % column_tiles * ${choice.columns}u;`,
      "let a_start = plane * params.k * params.a_k;",
      "let b_start = plane * params.k * params.b_k;",
      sharedSums(choice, left, right, facts),
      sharedStores(choice, storePlanes),
    ),
    workgroups: tileCount(planeProducts(correlation, tile), choice),
  })
}
