import { statement, wgsl, type Wgsl } from "../../../codegen/expression.ts"
import { bindingFor, type Kernel } from "../../dispatch/kernel.ts"
import { range } from "../../emit/operand.ts"
import { halvesOf, matrixInvocations } from "../../tiles/matrixChoice.ts"
import type { Site } from "../../way/way.ts"
import type { Correlation } from "../textures/correlation.ts"
import { packedImage, packedLayout, seenBy, type PackedTile } from "./packedLayout.ts"

/** How the pixels that a rectangle's windows see come into workgroup memory, one block of channels after another. */
export interface Pixels {
  readonly entries: Kernel["bindings"]
  readonly params: Readonly<Record<string, number>>
  readonly functions: readonly string[]
  /** Statements that name where what an invocation fetches comes from and goes to: the same in each block but for the block's own place. */
  readonly place: readonly string[]
  /** Statements that load from storage. */
  readonly fetch: (block: Wgsl) => readonly string[]
  /** Statements that lay what was loaded into `held_high` and `held_low`, [pixel][channel]. */
  readonly hold: readonly string[]
}

// A pixel's sixteen halves take up 24: eight neighbours then lie in different banks.
export const pixelPitch = 24

/** Pixels of the image that a workgroup holds at a time, in one block of channels. */
export const heldPixels = (correlation: Correlation, { down, across }: PackedTile): number => {
  const [high, wide] = seenBy(correlation, down, across)
  return high * wide
}

const placeText = (
  correlation: Correlation,
  tile: PackedTile,
  count: number,
  invocations: number,
): readonly string[] => {
  const [, wide] = seenBy(correlation, tile.down, tile.across)
  const { stride } = correlation
  const last = 2 * heldPixels(correlation, tile) - 1
  return range(count).flatMap((i) => [
    statement`let word${i} = min(lane + ${i * invocations}u, ${last}u);`,
    statement`let pixel${i} = word${i} / 2u;`,
    statement`let from${i} = ((first_y * ${stride[0]}u + pixel${i} / ${wide}u) * params.wide + first_x * ${stride[1]}u + pixel${i} % ${wide}u) * 2u + word${i} % 2u;`,
    statement`let to${i} = pixel${i} * ${pixelPitch / 4}u + word${i} % 2u * 2u;`,
    ...halvesOf(tile).map((half) => `var fetched${i}_${half}: vec4<u32>;`),
  ])
}

const fetchText = (tile: PackedTile, count: number, block: Wgsl): readonly string[] =>
  range(count).flatMap((i) =>
    halvesOf(tile).map(
      (half) =>
        statement`fetched${i}_${half} = load4_image(${half === "high" ? wgsl`from${i}` : wgsl`params.image_low + from${i}`} + (n * params.blocks + ${block}) * params.plane);`,
    ),
  )

// What is fetched beyond the last word is the last word once more, and goes to the same place.
const holdText = (tile: PackedTile, count: number): readonly string[] =>
  range(count).flatMap((i) =>
    halvesOf(tile).flatMap((half) => [
      statement`held_${half}[to${i}] = bitcast<vec4<f16>>(fetched${i}_${half}.xy);`,
      statement`held_${half}[to${i} + 1u] = bitcast<vec4<f16>>(fetched${i}_${half}.zw);`,
    ]),
  )

/** Pixels of an image that `packImage` has packed: words of four, a pixel's block in two of them. */
export const packedPixels = (correlation: Correlation, tile: PackedTile, { facts }: Site): Pixels => {
  const layout = packedLayout(correlation, tile)
  const { scratch, halfSize } = packedImage(correlation, tile, layout)
  const invocations = matrixInvocations(tile, facts.subgroupSize)
  const count = Math.ceil((2 * heldPixels(correlation, tile)) / invocations)
  return {
    entries: [{ buffer: scratch, binding: { ...bindingFor(scratch, "image", "read", facts), vector: true } }],
    params: { wide: layout.wide, plane: 2 * layout.high * layout.wide, image_low: halfSize / 8 },
    functions: [],
    place: placeText(correlation, tile, count, invocations),
    fetch: (block) => fetchText(tile, count, block),
    hold: holdText(tile, count),
  }
}
