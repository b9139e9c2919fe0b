import { statement, wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { withPrologue } from "../emit/computedOperand.ts"
import { lines, range, viewPosition } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import type { Site, Way } from "../way/way.ts"
import type { ImageProblem } from "./problem.ts"
import { tile, workgroupSize } from "./registers.ts"
import { registerSeconds } from "./registerSeconds.ts"

const pixelLines = (j: number): readonly string[] => [
  statement`let p${j} = min(pixel + ${j}u, params.pixels - 1u);`,
  statement`let py${j} = p${j} / params.in_w + params.pad_h;`,
  statement`let px${j} = p${j} % params.in_w + params.pad_w;`,
]

// Only outputs whose window starts at a multiple of the stride have used this pixel with this weight.
const cotangentLines = (j: number, load: string): readonly string[] => [
  statement`let dy${j} = py${j} - ky;`,
  statement`let dx${j} = px${j} - kx;`,
  statement`let oy${j} = dy${j} / params.stride_h;`,
  statement`let ox${j} = dx${j} / params.stride_w;`,
  statement`var g${j} = 0.0f;`,
  statement`if (py${j} >= ky && px${j} >= kx && oy${j} * params.stride_h == dy${j} && ox${j} * params.stride_w == dx${j} && oy${j} < params.out_h && ox${j} < params.out_w) {`,
  statement`g${j} = ${load}(${viewPosition("g", "nohw", ["n", wgsl`first_out + o`, `oy${j}`, `ox${j}`])});`,
  "}",
]

const weightLine = (i: number, load: string): string =>
  statement`let w${i} = ${load}(${viewPosition("w", "oihw", [wgsl`first_out + o`, wgsl`min(channel + ${i}u, params.group_in - 1u)`, "ky", "kx"])});`

const main = (loadG: string, loadW: string): string =>
  lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    statement`let pixel_tiles = (params.pixels + ${tile.pixels - 1}u) / ${tile.pixels}u;`,
    statement`let channel_tiles = (params.group_in + ${tile.channels - 1}u) / ${tile.channels}u;`,
    "if (item >= pixel_tiles * channel_tiles * params.groups * params.batch) { return; }",
    statement`let pixel = item % pixel_tiles * ${tile.pixels}u;`,
    statement`let channel = item / pixel_tiles % channel_tiles * ${tile.channels}u;`,
    "let part = item / (pixel_tiles * channel_tiles) % params.groups;",
    "let n = item / (pixel_tiles * channel_tiles * params.groups);",
    "let first_in = part * params.group_in;",
    "let first_out = part * params.group_out;",
    range(tile.pixels).flatMap(pixelLines),
    range(tile.channels).flatMap((i) => range(tile.pixels).map((j) => statement`var c${i}_${j} = 0.0f;`)),
    "for (var o = 0u; o < params.group_out; o++) {",
    "for (var ky = 0u; ky < params.kernel_h; ky++) {",
    "for (var kx = 0u; kx < params.kernel_w; kx++) {",
    range(tile.channels).map((i) => weightLine(i, loadW)),
    range(tile.pixels).flatMap((j) => cotangentLines(j, loadG)),
    range(tile.channels).flatMap((i) => range(tile.pixels).map((j) => statement`c${i}_${j} += w${i} * g${j};`)),
    "}",
    "}",
    "}",
    range(tile.channels).flatMap((i) => [
      statement`if (channel + ${i}u < params.group_in) {`,
      statement`let at = (n * params.in_channels + first_in + channel + ${i}u) * params.pixels + pixel;`,
      ...range(tile.pixels).map(
        (j) => statement`if (pixel + ${j}u < params.pixels) { store_out(at + ${j}u, finish(at + ${j}u, c${i}_${j})); }`,
      ),
      "}",
    ]),
  )

const workgroupsOf = ({ params }: ImageProblem): number => {
  const tiles =
    Math.ceil(params.pixels / tile.pixels) * Math.ceil(params.group_in / tile.channels) * params.groups * params.batch
  return Math.ceil(tiles / workgroupSize)
}

const gradientText = (problem: ImageProblem, { group, bindings }: Site) => {
  const [source, weight] = problem.operands
  return { ...withPrologue(problem.operands, finishFunction(group, bindings)), main: main(source.load, weight.load) }
}

/** The gradient in the image, gathered: each input pixel sums over the outputs that have seen it. */
export const registersInput: Way<ImageProblem> = {
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
      ...gradientText(problem, site),
      label: labelOf(site.group),
      family: "conv2dInput",
      bindings: site.bindings.entries,
      params: problem.params,
      elements: sizeOf(site.group.root.shape),
      workgroupSize,
      workgroups: workgroupsOf(problem),
    }),
  ],
}
