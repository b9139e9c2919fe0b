import { statement, wgsl } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph.ts"
import type { Group } from "../../plan/fusion.ts"
import { sizeOf } from "../../shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Kernel, KernelLimits } from "../dispatch/kernel.ts"
import { forwardProblem } from "./problem.ts"
import { lines, range, viewPosition } from "../emit/operand.ts"
import { withPrologue } from "../emit/computedOperand.ts"
import { bindGroup, finishFunction, labelOf } from "../emit/tail.ts"

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

/**
 * y[n, o, p] = Σ c,ky,kx x[n, c, p·stride + k − pad]·w[o, c, ky, kx] with a tail. Each invocation holds four channels of
 * four neighbouring pixels. Operands are strided views; all sizes are parameters.
 */
export const convolutionKernel = (group: Group, limits: KernelLimits, inPlace: Tensor | null): readonly Kernel[] => {
  const bindings = bindGroup(group, limits, inPlace)
  const { operands, params } = forwardProblem(group, bindings)
  const [source, weight] = operands
  const { code, functions } = withPrologue(operands, finishFunction(group, bindings))
  const tiles =
    Math.ceil(params.pixels / tile.pixels) * Math.ceil(params.group_out / tile.channels) * params.groups * params.batch
  return [
    assembleKernel({
      label: labelOf(group),
      family: "conv2d",
      bindings: bindings.entries,
      params,
      functions,
      code,
      elements: sizeOf(group.root.shape),
      workgroupSize,
      main: main(source.load, weight.load),
      workgroups: Math.ceil(tiles / workgroupSize),
      choice: tile,
    }),
  ]
}
