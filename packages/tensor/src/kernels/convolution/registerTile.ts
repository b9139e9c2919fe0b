import { statement } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { withPrologue } from "../emit/computedOperand.ts"
import { lines, range } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import type { Site, Way } from "../way/way.ts"
import type { ImageProblem } from "./problem.ts"
import { registerSeconds } from "./registerSeconds.ts"

export const workgroupSize = 64

/** Channels and pixels of the result that one invocation holds in registers. */
const tile = { channels: 4, pixels: 4 }

/** What the tiles of a convolution and of its gradient in the image differ in. */
export interface RegisterTile {
  /** The name of the op. */
  readonly family: string
  /** The side of the weight that the result's channels are on; the other one is summed over. */
  readonly side: "out" | "in"
  /** The channel that is summed over, and the first letter of the values that stand against the weights. */
  readonly names: { readonly channel: string; readonly value: string }
  /** Where pixel `j` of the result looks from. */
  readonly pixel: (j: number) => readonly string[]
  /** The weight of channel `i` of the tile. */
  readonly weight: (i: number, load: string) => string
  /** The value that stands against the weights for pixel `j`. */
  readonly value: (j: number, load: string) => readonly string[]
}

const main = ({ side, names, pixel, weight, value }: RegisterTile, loadImage: string, loadWeight: string): string => {
  const summed = side === "out" ? "in" : "out"
  const { channel } = names
  return lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    statement`let pixel_tiles = (params.pixels + ${tile.pixels - 1}u) / ${tile.pixels}u;`,
    statement`let channel_tiles = (params.group_${side} + ${tile.channels - 1}u) / ${tile.channels}u;`,
    "if (item >= pixel_tiles * channel_tiles * params.groups * params.batch) { return; }",
    statement`let pixel = item % pixel_tiles * ${tile.pixels}u;`,
    statement`let channel = item / pixel_tiles % channel_tiles * ${tile.channels}u;`,
    "let part = item / (pixel_tiles * channel_tiles) % params.groups;",
    "let n = item / (pixel_tiles * channel_tiles * params.groups);",
    "let first_in = part * params.group_in;",
    "let first_out = part * params.group_out;",
    range(tile.pixels).flatMap(pixel),
    range(tile.channels).flatMap((i) => range(tile.pixels).map((j) => statement`var c${i}_${j} = 0.0f;`)),
    statement`for (var ${channel} = 0u; ${channel} < params.group_${summed}; ${channel}++) {`,
    "for (var ky = 0u; ky < params.kernel_h; ky++) {",
    "for (var kx = 0u; kx < params.kernel_w; kx++) {",
    range(tile.channels).map((i) => weight(i, loadWeight)),
    range(tile.pixels).flatMap((j) => value(j, loadImage)),
    range(tile.channels).flatMap((i) =>
      range(tile.pixels).map((j) => statement`c${i}_${j} += w${i} * ${names.value}${j};`),
    ),
    "}",
    "}",
    "}",
    range(tile.channels).flatMap((i) => [
      statement`if (channel + ${i}u < params.group_${side}) {`,
      statement`let at = (n * params.${side}_channels + first_${side} + channel + ${i}u) * params.pixels + pixel;`,
      ...range(tile.pixels).map(
        (j) => statement`if (pixel + ${j}u < params.pixels) { store_out(at + ${j}u, finish(at + ${j}u, c${i}_${j})); }`,
      ),
      "}",
    ]),
  )
}

const workgroupsOf = ({ params }: ImageProblem, side: RegisterTile["side"]): number => {
  const channels = side === "out" ? params.group_out : params.group_in
  const tiles =
    Math.ceil(params.pixels / tile.pixels) * Math.ceil(channels / tile.channels) * params.groups * params.batch
  return Math.ceil(tiles / workgroupSize)
}

const textOf = (how: RegisterTile, problem: ImageProblem, { group, bindings }: Site) => {
  const [image, weight] = problem.operands
  return {
    ...withPrologue(problem.operands, finishFunction(group, bindings)),
    main: main(how, image.load, weight.load),
  }
}

/** Each invocation holds four channels of four neighbouring pixels: for any adapter and any problem, and fast to compile. */
export const registerTile = (how: RegisterTile): Way<ImageProblem> => ({
  name: "registers",
  needs: () => true,
  takes: () => true,
  numerics: () => "f32",
  candidates: () => [tile],
  cost: (problem, _choice, model) => {
    const { pixels, batch } = problem.params
    return registerSeconds(problem, { pixels: pixels * batch, workgroups: workgroupsOf(problem, how.side) }, model)
  },
  write: (problem, _choice, site) => [
    assembleKernel({
      ...textOf(how, problem, site),
      label: labelOf(site.group),
      family: how.family,
      bindings: site.bindings.entries,
      params: problem.params,
      elements: sizeOf(site.group.root.shape),
      workgroupSize,
      workgroups: workgroupsOf(problem, how.side),
    }),
  ],
})
