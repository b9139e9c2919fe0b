import { workgroupMemoryOf, type KernelFacts } from "../../../adapter/kernelFacts.ts"
import { statement, wgsl, type Wgsl } from "../../../codegen/expression.ts"
import { sizeOf } from "../../../shape/shape.ts"
import type { Tensor } from "../../../graph/tensor.ts"
import { assembleKernel, type KernelParts } from "../../dispatch/assemble.ts"
import { bindingFor, isScratch, type Buffer, type Kernel } from "../../dispatch/kernel.ts"
import { lines, range } from "../../emit/operand.ts"
import { scaleFunction, scaleLines } from "../../emit/scale.ts"
import { elementTail, tailBeside, type StoredTail } from "../../emit/storedTail.ts"
import { labelOf } from "../../emit/tail.ts"
import { matrixOperations, type Half, type MatrixOperations } from "../../tiles/matrixOperations.ts"
import { halvesOf, matrixInvocations, sumColumns, sumElements } from "../../tiles/matrixChoice.ts"
import { pairsOf } from "../../tiles/matrixTile.ts"
import { sumsOf } from "../../tiles/parts.ts"
import { partTarget, storeUnscaled, type QuadTarget } from "../../tiles/storeQuad.ts"
import { sumName, sumsOutText } from "../../tiles/sumsOut.ts"
import type { Products } from "../../tiles/workgroupTile.ts"
import { magnitudeInput } from "../../way/scaled.ts"
import type { Site } from "../../way/way.ts"
import type { Correlation } from "../textures/correlation.ts"
import { blockSize, packedLayout, packedWeight, seenBy, type PackedTile } from "./packedLayout.ts"
import { heldPixels, packedPixels, pixelPitch, type Pixels } from "./pixels.ts"
import { storedPixels } from "./storedPixels.ts"

/** The convolution as one product for each image: features by pixels. */
export const productsOf = ({ batch, features, channels, out, kernel }: Correlation): Products => ({
  products: batch,
  rows: features,
  columns: out[0] * out[1],
  depth: channels * kernel[0] * kernel[1],
})

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
  pixels: Pixels,
  target: QuadTarget,
): string => {
  const { facts } = site
  return lines(
    tileLines(tile, facts.subgroupSize),
    pixels.place,
    scaleLines(site, 0, "right"),
    scaleLines(site, 1, "left"),
    ...range(tile.subRows / tile.m).flatMap((row) =>
      range(tile.subColumns / tile.n).map((column) => operations.zero(sumName(row, column))),
    ),
    "if (first_block < end_block) {",
    pixels.fetch(wgsl`first_block`),
    "}",
    "for (var block = first_block; block < end_block; block++) {",
    pixels.hold,
    "workgroupBarrier();",
    // The next block is on its way while this one is multiplied.
    "if (block + 1u < end_block) {",
    pixels.fetch(wgsl`block + 1u`),
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

const weightEntry = (correlation: Correlation, tile: PackedTile, facts: KernelFacts): Kernel["bindings"][number] => {
  const { scratch } = packedWeight(tile, packedLayout(correlation, tile))
  return { buffer: scratch, binding: { ...bindingFor(scratch, "weight", "read", facts), halves: true } }
}

const paramsOf = (correlation: Correlation, tile: PackedTile): Readonly<Record<string, number>> => {
  const { batch, features, out } = correlation
  const layout = packedLayout(correlation, tile)
  const { blocks, tilesDown, tilesAcross } = layout
  return {
    batch,
    features,
    out_h: out[0],
    out_w: out[1],
    blocks,
    tiles_down: tilesDown,
    tiles_across: tilesAcross,
    row_tiles: Math.ceil(features / tile.rows),
    parts: tile.parts,
    stretch: Math.ceil(blocks / tile.parts),
    weight_low: packedWeight(tile, layout).halfSize,
  }
}

/** Workgroups of a tile, all parts of its sums included. */
export const workgroupsOf = (correlation: Correlation, tile: PackedTile): number => {
  const { tilesDown, tilesAcross } = packedLayout(correlation, tile)
  return correlation.batch * tilesDown * tilesAcross * Math.ceil(correlation.features / tile.rows) * tile.parts
}

/** What a product reads beside its packed weights, and where its results go. */
interface Ends {
  readonly target: QuadTarget
  readonly code: string
  readonly functions: Iterable<string>
  readonly entries: Kernel["bindings"]
}

const magnitudesIn = ({ group: { anchor } }: Site): ReadonlySet<Buffer | undefined> =>
  new Set([0, 1].map((operand) => magnitudeInput(anchor!, operand)))

/** What the tail binds of a kernel that binds the magnitudes and `own` itself. */
const tailEntriesOf = ({ code, entries }: StoredTail, site: Site, own: Kernel["bindings"]): Kernel["bindings"] => {
  const bound = new Set([...magnitudesIn(site), ...own.map(({ buffer }) => buffer)])
  return entries.filter(
    ({ buffer, binding }) =>
      binding.access !== "read" || (!bound.has(buffer) && new RegExp(`\\bload4?_${binding.name}\\(`).test(code)),
  )
}

const productKernel = (
  family: string,
  correlation: Correlation,
  tile: PackedTile,
  site: Site,
  { pixels, ends }: { readonly pixels: Pixels; readonly ends: Ends },
): Omit<KernelParts, "label" | "elements"> => {
  const { facts } = site
  const operations = operationsOf(correlation, tile, facts)
  const magnitudes = magnitudesIn(site)
  const scales = site.bindings.entries.filter(
    ({ buffer, binding }) => binding.access === "read" && magnitudes.has(buffer),
  )
  return {
    family,
    bindings: [...pixels.entries, weightEntry(correlation, tile, facts), ...scales, ...ends.entries],
    directives: operations.directives,
    params: { ...paramsOf(correlation, tile), ...pixels.params },
    functions: [
      ...ends.functions,
      scaleFunction,
      ...pixels.functions,
      declarations(correlation, tile, facts, operations),
    ],
    code: ends.code,
    workgroupSize: matrixInvocations(tile, facts.subgroupSize),
    main: mainText(correlation, tile, site, operations, pixels, ends.target),
    workgroups: workgroupsOf(correlation, tile),
  }
}

const pixelsOf = (correlation: Correlation, tile: PackedTile, site: Site): Pixels =>
  tile.image === "packed" ? packedPixels(correlation, tile, site) : storedPixels(correlation, tile, site)

const vectorsIn = ({ entries }: Pixels): ReadonlySet<Tensor> =>
  new Set(entries.flatMap(({ buffer }) => (isScratch(buffer) ? [] : [buffer])))

/**
 * Multiplies with packed weights: the whole result with its tail. `null` where the tail cannot read in the same kernel what it needs: by elements what
 * the product reads by vectors, or more than an adapter binds.
 */
export const wholeProduct = (family: string, correlation: Correlation, tile: PackedTile, site: Site): Kernel | null => {
  const { group, facts } = site
  const pixels = pixelsOf(correlation, tile, site)
  const read = vectorsIn(pixels)
  const isVector = storesVectors(correlation, tile)
  const tail = isVector ? tailBeside(site, read.size > 0 ? [correlation.image] : [], () => read) : elementTail(site)
  if (read.size > 0 && tail.code.includes(`${correlation.image.load}(`)) return null
  const ends = {
    ...tail,
    target: targetOf(tile, true, tail.vector),
    entries: tailEntriesOf(tail, site, pixels.entries),
  }
  const kernel = assembleKernel({
    ...productKernel(family, correlation, tile, site, { pixels, ends }),
    label: labelOf(group),
    elements: sizeOf(group.root.shape),
  })
  // An operand that the tail reads as well is one binding more than fusion has counted.
  return kernel.bindings.length <= (facts.storageBuffers ?? Infinity) ? kernel : null
}

/** The same without the tail: the sums of each part for `joinKernel`. */
export const productParts = (family: string, correlation: Correlation, tile: PackedTile, site: Site): Kernel => {
  const { group, facts } = site
  const vector = storesVectors(correlation, tile)
  const sums = sumsOf(productsOf(correlation), tile)
  const ends: Ends = {
    target: targetOf(tile, false, vector),
    code: "",
    functions: [],
    entries: [{ buffer: sums, binding: { ...bindingFor(sums, "sums", "write", facts), vector } }],
  }
  return assembleKernel({
    ...productKernel(family, correlation, tile, site, { pixels: pixelsOf(correlation, tile, site), ends }),
    label: `${labelOf(group)} (parts)`,
    elements: sums.size,
  })
}
