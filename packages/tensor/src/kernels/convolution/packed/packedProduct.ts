import { workgroupMemoryOf, type KernelFacts } from "../../../adapter/facts.ts"
import { statement, wgsl, type Wgsl } from "../../../codegen/expression.ts"
import { sizeOf } from "../../../shape.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../../dispatch/kernel.ts"
import { lines, range } from "../../emit/operand.ts"
import { scaleFunction, scaleLines } from "../../emit/scale.ts"
import { elementTail, tailBeside } from "../../emit/storedTail.ts"
import { labelOf } from "../../emit/tail.ts"
import { matrixOperations, type Half, type MatrixOperations } from "../../tiles/matrixOperations.ts"
import { halvesOf, matrixInvocations, pairsOf, sumColumns, sumElements, sumsOutText } from "../../tiles/matrixTile.ts"
import { sumsOf } from "../../tiles/parts.ts"
import { partTarget, storeUnscaled, type QuadTarget } from "../../tiles/storeQuad.ts"
import type { Products } from "../../tiles/workgroupTile.ts"
import { magnitudeInput } from "../../way/scaled.ts"
import type { Site } from "../../way/way.ts"
import type { Correlation } from "../textures/correlation.ts"
import { blockSize, packedImage, packedLayout, packedWeight, seenBy, type PackedTile } from "./packedLayout.ts"

/** The convolution as one product for each image: features by pixels. */
export const productsOf = ({ batch, features, channels, out, kernel }: Correlation): Products => ({
  products: batch,
  rows: features,
  columns: out[0] * out[1],
  depth: channels * kernel[0] * kernel[1],
})

// A pixel's sixteen halves take up 24: eight neighbours then lie in different banks.
const pixelPitch = 24

/** Pixels of the image that a workgroup holds at a time, in one block of channels. */
const heldPixels = (correlation: Correlation, { down, across }: PackedTile): number => {
  const [high, wide] = seenBy(correlation, down, across)
  return high * wide
}

/** Bytes of workgroup memory that a tile takes. */
export const heldBytes = (correlation: Correlation, tile: PackedTile): number =>
  pixelBytes(correlation, tile) + 4 * sumElements(tile, tile.n)

const pixelBytes = (correlation: Correlation, tile: PackedTile): number =>
  2 * halvesOf(tile).length * pixelPitch * heldPixels(correlation, tile)

const wideOf = (correlation: Correlation, tile: PackedTile, facts: KernelFacts): number =>
  sumColumns(tile, workgroupMemoryOf(facts) - pixelBytes(correlation, tile))

const operationsOf = (correlation: Correlation, tile: PackedTile, facts: KernelFacts): MatrixOperations => {
  const places = {
    left: { array: () => "b_weight", order: "row_major", pitch: blockSize },
    right: { array: (half: Half) => `held_${half}`, order: "col_major", pitch: pixelPitch * correlation.stride[1] },
  } as const
  return matrixOperations(tile, facts, places, wideOf(correlation, tile, facts))
}

const sumName = (row: number, column: number): string => `s${row}_${column}`

/** Words of four that the invocations of a workgroup fetch of a block, each so many. */
const fetchCount = (correlation: Correlation, tile: PackedTile, invocations: number): number =>
  Math.ceil((2 * heldPixels(correlation, tile)) / invocations)

/** Where the words that an invocation fetches come from and go to: the same in each block but for the block's own place. */
const placeText = (correlation: Correlation, tile: PackedTile, invocations: number): readonly string[] => {
  const [, wide] = seenBy(correlation, tile.down, tile.across)
  const last = 2 * heldPixels(correlation, tile) - 1
  return range(fetchCount(correlation, tile, invocations)).flatMap((i) => [
    statement`let word${i} = min(lane + ${i * invocations}u, ${last}u);`,
    statement`let pixel${i} = word${i} / 2u;`,
    statement`let from${i} = ((first_y * ${correlation.stride[0]}u + pixel${i} / ${wide}u) * params.wide + first_x * ${correlation.stride[1]}u + pixel${i} % ${wide}u) * 2u + word${i} % 2u;`,
    statement`let to${i} = pixel${i} * ${pixelPitch / 4}u + word${i} % 2u * 2u;`,
    ...halvesOf(tile).map((half) => `var fetched${i}_${half}: vec4<u32>;`),
  ])
}

const fetchText = (correlation: Correlation, tile: PackedTile, invocations: number, block: Wgsl): readonly string[] =>
  range(fetchCount(correlation, tile, invocations)).flatMap((i) =>
    halvesOf(tile).map(
      (half) =>
        statement`fetched${i}_${half} = load4_image(${half === "high" ? wgsl`from${i}` : wgsl`params.image_low + from${i}`} + (n * params.blocks + ${block}) * params.plane);`,
    ),
  )

// What is fetched beyond the last word is the last word once more, and goes to the same place.
const holdText = (correlation: Correlation, tile: PackedTile, invocations: number): readonly string[] =>
  range(fetchCount(correlation, tile, invocations)).flatMap((i) =>
    halvesOf(tile).flatMap((half) => [
      statement`held_${half}[to${i}] = bitcast<vec4<f16>>(fetched${i}_${half}.xy);`,
      statement`held_${half}[to${i} + 1u] = bitcast<vec4<f16>>(fetched${i}_${half}.zw);`,
    ]),
  )

/** Products of the fragments of one tap with the pixels that it meets. */
const tapText = (
  correlation: Correlation,
  tile: PackedTile,
  operations: MatrixOperations,
  [tap, y, x]: readonly [Wgsl, Wgsl, Wgsl],
): readonly string[] => {
  const { m, n, k, across, subRows, subColumns } = tile
  const { stride } = correlation
  const [, wide] = seenBy(correlation, tile.down, across)
  const [inRows, inColumns, inDepth] = [range(subRows / m), range(subColumns / n), range(blockSize / k)]
  const fragment = (half: Half, row: number, depth: number): Wgsl => {
    const [apart, within] = [Math.floor((row * m) / blockSize), (row * m) % blockSize]
    const first = half === "high" ? wgsl`0u` : wgsl`params.weight_low`
    return wgsl`${first} + ((first_fragment + ${apart}u) * params.blocks + block) * ${fragmentWords(correlation)}u + ${tap} * ${blockSize * blockSize}u + ${within * blockSize + depth * k}u`
  }
  const pixels = (column: number, depth: number): Wgsl =>
    wgsl`((own_y${column} * ${stride[0]}u + ${y}) * ${wide}u + own_x${column} * ${stride[1]}u + ${x}) * ${pixelPitch}u + ${depth * k}u`
  return inDepth.flatMap((depth) => [
    "{",
    ...inRows.flatMap((row) =>
      halvesOf(tile).map((half) => operations.load("left", half, `l${row}_${half}`, fragment(half, row, depth))),
    ),
    ...inColumns.flatMap((column) => [
      "{",
      ...halvesOf(tile).map((half) => operations.load("right", half, `r_${half}`, pixels(column, depth))),
      ...pairsOf(tile).flatMap(([left, right]) =>
        inRows.map((row) =>
          operations.multiplyAdd([left, `l${row}_${left}`], [right, `r_${right}`], sumName(row, column)),
        ),
      ),
      "}",
    ]),
    "}",
  ])
}

const fragmentWords = ({ kernel }: Correlation): number => kernel[0] * kernel[1] * blockSize * blockSize

/** All taps of a block: one after another in the text, as compilers of GPUs like it; a loop where matrices are written out. */
const tapsText = (correlation: Correlation, tile: PackedTile, operations: MatrixOperations, facts: KernelFacts) => {
  const [high, wide] = correlation.kernel
  if (facts.writesMatricesOut === true)
    return [
      statement`for (var tap = 0u; tap < ${high * wide}u; tap++) {`,
      ...tapText(correlation, tile, operations, [wgsl`tap`, wgsl`tap / ${wide}u`, wgsl`tap % ${wide}u`]),
      "}",
    ]
  return range(high * wide).flatMap((tap) =>
    tapText(correlation, tile, operations, [wgsl`${tap}u`, wgsl`${Math.floor(tap / wide)}u`, wgsl`${tap % wide}u`]),
  )
}

/** The tile that a workgroup computes, and what of it is a subgroup's own. */
const tileLines = (tile: PackedTile, subgroupSize: number): readonly string[] => {
  const { rows, columns, down, across, subRows, subColumns, n } = tile
  const side = columns / subColumns
  return [
    "let pixel_tiles = params.tiles_down * params.tiles_across * params.batch;",
    "let tile = group % pixel_tiles;",
    "let row_tile = group / pixel_tiles % params.row_tiles;",
    "let share = group / pixel_tiles / params.row_tiles;",
    // Workgroups of a grid rounded up; all invocations of one leave together, before any barrier.
    "if (share >= params.parts) { return; }",
    "let n = tile / (params.tiles_down * params.tiles_across);",
    statement`let first_y = tile / params.tiles_across % params.tiles_down * ${down}u;`,
    statement`let first_x = tile % params.tiles_across * ${across}u;`,
    statement`let first_left = row_tile * ${rows}u;`,
    "let first_right = 0u;",
    statement`let subgroup = lane / ${subgroupSize}u;`,
    statement`let own = lane % ${subgroupSize}u;`,
    statement`let own_row = subgroup / ${side}u * ${subRows}u;`,
    statement`let own_column = subgroup % ${side}u * ${subColumns}u;`,
    statement`let first_fragment = (first_left + own_row) / ${blockSize}u;`,
    ...range(subColumns / n).flatMap((column) => [
      statement`let own_y${column} = (own_column + ${column * n}u) / ${across}u;`,
      statement`let own_x${column} = (own_column + ${column * n}u) % ${across}u;`,
    ]),
    "let first_block = share * params.stretch;",
    "let end_block = min(first_block + params.stretch, params.blocks);",
  ]
}

/** Whether four neighbouring pixels of a rectangle are one vector of the result. */
const storesVectors = ({ out }: Correlation, { across }: PackedTile): boolean => out[1] % 4 === 0 && across % 4 === 0

const pixelNames = ({ across }: PackedTile): readonly string[] => [
  statement`let y = first_y + column / ${across}u;`,
  statement`let x = first_x + column % ${across}u;`,
]

const targetOf = (tile: PackedTile, isWhole: boolean, vector: boolean): QuadTarget =>
  partTarget({
    isWhole,
    vector,
    names: pixelNames(tile),
    inside: (further) => wgsl`row < params.features && y < params.out_h && x + ${further}u < params.out_w`,
    at: wgsl`((n * params.features + row) * params.out_h + y) * params.out_w + x`,
    before: wgsl`share * params.batch * params.features * params.out_h * params.out_w`,
  })

const storeText = (
  correlation: Correlation,
  tile: PackedTile,
  { facts, operations, target }: { facts: KernelFacts; operations: MatrixOperations; target: QuadTarget },
): string => {
  const wide = wideOf(correlation, tile, facts)
  return sumsOutText({ choice: tile, facts, operations, wide }, storeUnscaled(target))
}

const mainText = (
  correlation: Correlation,
  tile: PackedTile,
  site: Site,
  operations: MatrixOperations,
  target: QuadTarget,
): string => {
  const { facts } = site
  const invocations = matrixInvocations(tile, facts.subgroupSize)
  return lines(
    tileLines(tile, facts.subgroupSize),
    placeText(correlation, tile, invocations),
    scaleLines(site, 0, "right"),
    scaleLines(site, 1, "left"),
    ...range(tile.subRows / tile.m).flatMap((row) =>
      range(tile.subColumns / tile.n).map((column) => operations.zero(sumName(row, column))),
    ),
    "if (first_block < end_block) {",
    fetchText(correlation, tile, invocations, wgsl`first_block`),
    "}",
    "for (var block = first_block; block < end_block; block++) {",
    holdText(correlation, tile, invocations),
    "workgroupBarrier();",
    // The next block is on its way while this one is multiplied.
    "if (block + 1u < end_block) {",
    fetchText(correlation, tile, invocations, wgsl`block + 1u`),
    "}",
    tapsText(correlation, tile, operations, facts),
    "workgroupBarrier();",
    "}",
    storeText(correlation, tile, { facts, operations, target }),
  )
}

const declarations = (
  correlation: Correlation,
  tile: PackedTile,
  facts: KernelFacts,
  operations: MatrixOperations,
): string =>
  lines(
    ...halvesOf(tile).map(
      (half) =>
        statement`var<workgroup> held_${half}: array<vec4<f16>, ${(pixelPitch / 4) * heldPixels(correlation, tile)}>;`,
    ),
    operations.sums(sumElements(tile, wideOf(correlation, tile, facts))),
    operations.declarations,
  )

const packedEntries = (correlation: Correlation, tile: PackedTile, facts: KernelFacts): Kernel["bindings"] => {
  const layout = packedLayout(correlation, tile)
  const [image, weight] = [packedImage(correlation, tile, layout).scratch, packedWeight(tile, layout).scratch]
  return [
    { buffer: image, binding: { ...bindingFor(image, "image", "read", facts), vector: true } },
    { buffer: weight, binding: { ...bindingFor(weight, "weight", "read", facts), halves: true } },
  ]
}

const paramsOf = (correlation: Correlation, tile: PackedTile): Readonly<Record<string, number>> => {
  const { batch, features, out } = correlation
  const layout = packedLayout(correlation, tile)
  const { blocks, tilesDown, tilesAcross, high, wide } = layout
  return {
    batch,
    features,
    out_h: out[0],
    out_w: out[1],
    blocks,
    wide,
    plane: 2 * high * wide,
    tiles_down: tilesDown,
    tiles_across: tilesAcross,
    row_tiles: Math.ceil(features / tile.rows),
    parts: tile.parts,
    stretch: Math.ceil(blocks / tile.parts),
    image_low: packedImage(correlation, tile, layout).halfSize / 8,
    weight_low: packedWeight(tile, layout).halfSize,
  }
}

/** Workgroups of a tile, all parts of its sums included. */
export const workgroupsOf = (correlation: Correlation, tile: PackedTile): number => {
  const { tilesDown, tilesAcross } = packedLayout(correlation, tile)
  return correlation.batch * tilesDown * tilesAcross * Math.ceil(correlation.features / tile.rows) * tile.parts
}

/** Multiplies packed operands: the whole result with its tail, or the sums of each part for `joinKernel`. */
export const packedProduct = (
  family: string,
  correlation: Correlation,
  tile: PackedTile,
  site: Site,
  isWhole: boolean,
): Kernel => {
  const { group, bindings, facts } = site
  const operations = operationsOf(correlation, tile, facts)
  const isVector = storesVectors(correlation, tile)
  const stored = isWhole ? (isVector ? tailBeside(site, []) : elementTail(site)) : null
  const code = stored?.code ?? ""
  const target = targetOf(tile, isWhole, stored?.vector ?? isVector)
  const sums = sumsOf(productsOf(correlation), tile)
  const magnitudes = new Set([0, 1].map((operand) => magnitudeInput(group.anchor!, operand)))
  const scales = bindings.entries.filter(
    ({ buffer, binding }) => binding.access === "read" && magnitudes.has(buffer as never),
  )
  const tail = (stored?.entries ?? []).filter(
    ({ buffer, binding }) =>
      binding.access !== "read" ||
      (new RegExp(`\\bload4?_${binding.name}\\(`).test(code) && !magnitudes.has(buffer as never)),
  )
  return assembleKernel({
    label: isWhole ? labelOf(group) : `${labelOf(group)} (parts)`,
    family,
    bindings: [
      ...packedEntries(correlation, tile, facts),
      ...scales,
      ...tail,
      ...(isWhole
        ? []
        : [{ buffer: sums, binding: { ...bindingFor(sums, "sums", "write", facts), vector: isVector } }]),
    ],
    directives: operations.directives,
    params: paramsOf(correlation, tile),
    functions: [...(stored?.functions ?? []), scaleFunction, declarations(correlation, tile, facts, operations)],
    code,
    elements: isWhole ? sizeOf(group.root.shape) : sums.size,
    workgroupSize: matrixInvocations(tile, facts.subgroupSize),
    main: mainText(correlation, tile, site, operations, target),
    workgroups: workgroupsOf(correlation, tile),
  })
}
