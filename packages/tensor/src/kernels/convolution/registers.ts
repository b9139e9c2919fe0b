import { statement, wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { withPrologue } from "../emit/computedOperand.ts"
import { lines, range, viewPosition } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import type { Site, Way } from "../way/way.ts"
import type { ImageProblem } from "./problem.ts"
import { registerSeconds } from "./registerSeconds.ts"

export const workgroupSize = 64

/** Channels and pixels of the output that one invocation holds in registers. */
export const tile = { channels: 4, pixels: 4 }

const pixelLines = (j: number): readonly string[] => [
  statement`let p${j} = min(pixel + ${j}u, params.pixels - 1u);`,
  statement`let oy${j} = p${j} / params.out_w * params.stride_h;`,
  statement`let ox${j} = p${j} % params.out_w * params.stride_w;`,
]

// Rows and columns outside the image wrap to huge numbers, so one comparison covers both sides of the padding.
const sampleLines = (j: number, load: string): readonly string[] => [
  statement`let iy${j} = oy${j} + ky - params.pad_h;`,
  statement`let ix${j} = ox${j} + kx - params.pad_w;`,
  statement`var x${j} = 0.0f;`,
  statement`if (iy${j} < params.in_h && ix${j} < params.in_w) { x${j} = ${load}(${viewPosition("x", "nchw", ["n", wgsl`first_in + c`, `iy${j}`, `ix${j}`])}); }`,
]

const weightLine = (i: number, load: string): string =>
  statement`let w${i} = ${load}(${viewPosition("w", "oihw", [wgsl`first_out + min(channel + ${i}u, params.group_out - 1u)`, "c", "ky", "kx"])});`

const main = (loadX: string, loadW: string): string =>
  lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    statement`let pixel_tiles = (params.pixels + ${tile.pixels - 1}u) / ${tile.pixels}u;`,
    statement`let channel_tiles = (params.group_out + ${tile.channels - 1}u) / ${tile.channels}u;`,
    "if (item >= pixel_tiles * channel_tiles * params.groups * params.batch) { return; }",
    statement`let pixel = item % pixel_tiles * ${tile.pixels}u;`,
    statement`let channel = item / pixel_tiles % channel_tiles * ${tile.channels}u;`,
    "let part = item / (pixel_tiles * channel_tiles) % params.groups;",
    "let n = item / (pixel_tiles * channel_tiles * params.groups);",
    "let first_in = part * params.group_in;",
    "let first_out = part * params.group_out;",
    range(tile.pixels).flatMap(pixelLines),
    range(tile.channels).flatMap((i) => range(tile.pixels).map((j) => statement`var c${i}_${j} = 0.0f;`)),
    "for (var c = 0u; c < params.group_in; c++) {",
    "for (var ky = 0u; ky < params.kernel_h; ky++) {",
    "for (var kx = 0u; kx < params.kernel_w; kx++) {",
    range(tile.channels).map((i) => weightLine(i, loadW)),
    range(tile.pixels).flatMap((j) => sampleLines(j, loadX)),
    range(tile.channels).flatMap((i) => range(tile.pixels).map((j) => statement`c${i}_${j} += w${i} * x${j};`)),
    "}",
    "}",
    "}",
    range(tile.channels).flatMap((i) => [
      statement`if (channel + ${i}u < params.group_out) {`,
      statement`let at = (n * params.out_channels + first_out + channel + ${i}u) * params.pixels + pixel;`,
      ...range(tile.pixels).map(
        (j) => statement`if (pixel + ${j}u < params.pixels) { store_out(at + ${j}u, finish(at + ${j}u, c${i}_${j})); }`,
      ),
      "}",
    ]),
  )

const workgroupsOf = ({ params }: ImageProblem): number => {
  const tiles =
    Math.ceil(params.pixels / tile.pixels) * Math.ceil(params.group_out / tile.channels) * params.groups * params.batch
  return Math.ceil(tiles / workgroupSize)
}

const convolutionText = (problem: ImageProblem, { group, bindings }: Site) => {
  const [source, weight] = problem.operands
  return { ...withPrologue(problem.operands, finishFunction(group, bindings)), main: main(source.load, weight.load) }
}

/** Each invocation holds four channels of four neighbouring pixels: for any adapter and any problem, and fast to compile. */
export const registers: Way<ImageProblem> = {
  name: "registers",
  needs: () => true,
  takes: () => true,
  numerics: () => "f32",
  candidates: () => [tile],
  cost: (problem, _choice, model) => {
    const { pixels, batch } = problem.params
    return registerSeconds(problem, { pixels: pixels * batch, workgroups: workgroupsOf(problem) }, model)
  },
  write: (problem, _choice, site) => [
    assembleKernel({
      ...convolutionText(problem, site),
      label: labelOf(site.group),
      family: "conv2d",
      bindings: site.bindings.entries,
      params: problem.params,
      elements: sizeOf(site.group.root.shape),
      workgroupSize,
      workgroups: workgroupsOf(problem),
    }),
  ],
}
