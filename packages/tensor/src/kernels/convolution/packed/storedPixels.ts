import { call, statement, wgsl, type Wgsl } from "../../../codegen/expression.ts"
import { range, viewParams } from "../../emit/operand.ts"
import { upperFunction } from "../../emit/scale.ts"
import { vectorLoad, vectorReads, withVectors } from "../../emit/vectorReads.ts"
import { matrixInvocations } from "../../tiles/matrixChoice.ts"
import type { Site } from "../../way/way.ts"
import type { Correlation } from "../textures/correlation.ts"
import { blockSize, seenBy, type PackedTile } from "./packedLayout.ts"
import { pixelPitch, type Pixels } from "./pixels.ts"

/** Channels, and neighbouring pixels, that an invocation fetches together and turns over in registers. */
const edge = 4

const quads = blockSize / edge

/** Blocks of more pixels than this, of an invocation, take the registers that sums need. */
const mostFetched = 3

/** Pixels between the vector in which a rectangle's first pixel lies and that pixel itself. */
const leadOf = ({ before }: Correlation): number => ((-before[1] % edge) + edge) % edge

/** Vectors of pixels that cover a row of what a rectangle's windows see. */
const vectorsAcross = (correlation: Correlation, { down, across }: PackedTile): number =>
  Math.ceil((leadOf(correlation) + seenBy(correlation, down, across)[1]) / edge)

/** Pieces of four pixels in four channels. */
const piecesOf = (correlation: Correlation, tile: PackedTile): number =>
  quads * seenBy(correlation, tile.down, tile.across)[0] * vectorsAcross(correlation, tile)

const fetchCount = (correlation: Correlation, tile: PackedTile, subgroupSize: number): number =>
  Math.ceil(piecesOf(correlation, tile) / matrixInvocations(tile, subgroupSize))

/** Whether rectangles of a tile can come from the image as it is stored: its rows lie in whole vectors, and registers hold a block. */
export const readsStored = (correlation: Correlation, tile: PackedTile, subgroupSize: number): boolean =>
  vectorReads([[correlation.image, 3]], "").size > 0 &&
  (tile.across * correlation.stride[1]) % edge === 0 &&
  fetchCount(correlation, tile, subgroupSize) <= mostFetched

// Rows and columns of the border wrap to huge numbers, so one comparison covers both sides.
const placeText = (correlation: Correlation, tile: PackedTile, subgroupSize: number): readonly string[] => {
  const { stride } = correlation
  const across = vectorsAcross(correlation, tile)
  const [, wide] = seenBy(correlation, tile.down, tile.across)
  const last = piecesOf(correlation, tile) - 1
  return range(fetchCount(correlation, tile, subgroupSize)).flatMap((i) => [
    statement`let piece${i} = min(lane + ${i * matrixInvocations(tile, subgroupSize)}u, ${last}u);`,
    statement`let seen_y${i} = piece${i} / ${quads * across}u;`,
    statement`let seen_x${i} = piece${i} / ${quads}u % ${across}u * ${edge}u - params.lead;`,
    statement`let y${i} = first_y * ${stride[0]}u + seen_y${i} - params.before_h;`,
    statement`let x${i} = first_x * ${stride[1]}u + seen_x${i} - params.before_w;`,
    statement`let is_inside${i} = y${i} < params.in_h && x${i} < params.in_w;`,
    statement`let channel${i} = piece${i} % ${quads}u * ${edge}u;`,
    statement`let from${i} = params.x_offset + n * params.x_n + channel${i} * params.x_c + y${i} * params.x_h + x${i};`,
    statement`let to${i} = (seen_y${i} * ${wide}u + seen_x${i}) * ${pixelPitch / 4}u + piece${i} % ${quads}u;`,
    ...range(edge).map((c) => `var fetched${i}_${c} = vec4<f32>();`),
  ])
}

const fetchText = ({ image }: Correlation, count: number, block: Wgsl): readonly string[] =>
  range(count).flatMap((i) =>
    range(edge).flatMap((c) => [
      "{",
      statement`let channel = ${block} * ${blockSize}u + ${c}u;`,
      statement`let exists = is_inside${i} && channel + channel${i} < params.channels;`,
      statement`let at = select(0u, from${i} + channel * params.x_c, exists);`,
      statement`fetched${i}_${c} = select(vec4<f32>(), ${vectorLoad(image)}(at / ${edge}u), exists);`,
      "}",
    ]),
  )

// As packing splits numbers: the upper bits cut off, what they leave in the other half.
const holdLines = (tile: PackedTile, place: Wgsl): readonly string[] =>
  tile.operands === "split"
    ? [
        statement`held_high[${place}] = vec4<f16>(upper_of(whole));`,
        statement`held_low[${place}] = vec4<f16>(whole - upper_of(whole));`,
      ]
    : [statement`held_high[${place}] = vec4<f16>(whole);`]

// Turned over: what was fetched are pixels of a channel, what is held channels of a pixel. Pieces beyond the last are the last once more.
const holdText = (correlation: Correlation, tile: PackedTile, count: number): readonly string[] => {
  const [, wide] = seenBy(correlation, tile.down, tile.across)
  return range(count).flatMap((i) =>
    [..."xyzw"].flatMap((component, pixel) => [
      statement`if (seen_x${i} + ${pixel}u < ${wide}u) {`,
      statement`let whole = ${call(
        "vec4<f32>",
        range(edge).map((c) => wgsl`fetched${i}_${c}.${component}`),
      )} * right_scale;`,
      ...holdLines(tile, wgsl`to${i} + ${pixel * (pixelPitch / 4)}u`),
      "}",
    ]),
  )
}

/**
 * Pixels of an image as it is stored, [n][c][y][x] in f32: four channels of four neighbouring pixels at a time are fetched, scaled and rounded, and
 * laid down with their channels together. All taps read them from the memory, so that little is left of what packing saves.
 */
export const storedPixels = (correlation: Correlation, tile: PackedTile, { bindings, facts }: Site): Pixels => {
  const { image, channels, size, before } = correlation
  const { x_w: _one, ...view } = viewParams("x", "nchw", image.view)
  const count = fetchCount(correlation, tile, facts.subgroupSize)
  const own = bindings.entries.filter(({ buffer, binding }) => binding.access === "read" && buffer === image.base)
  return {
    entries: withVectors(own, new Set([image.base])),
    params: {
      channels,
      in_h: size[0],
      in_w: size[1],
      before_h: before[0],
      before_w: before[1],
      lead: leadOf(correlation),
      ...view,
    },
    functions: tile.operands === "split" ? [upperFunction] : [],
    place: placeText(correlation, tile, facts.subgroupSize),
    fetch: (block) => fetchText(correlation, count, block),
    hold: holdText(correlation, tile, count),
  }
}
