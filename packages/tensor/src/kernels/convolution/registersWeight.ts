import { statement, wgsl } from "../../codegen/expression.ts"
import type { Tensor } from "../../graph.ts"
import type { Group } from "../../plan/fusion.ts"
import { sizeOf } from "../../shape.ts"
import { workgroupSize } from "./registers.ts"
import { weightProblem } from "./problem.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import type { Kernel, KernelLimits } from "../dispatch/kernel.ts"
import { lines, range, viewPosition } from "../emit/operand.ts"
import { bindGroup, finishFunction, labelOf } from "../emit/tail.ts"

/** Output channels whose weights one invocation computes, so that each pixel read serves several. */
const channels = 4

const main = (loadX: string, loadG: string): string =>
  lines(
    statement`let item = group * ${workgroupSize}u + lane;`,
    statement`let tiles = (params.group_out + ${channels - 1}u) / ${channels}u;`,
    "let taps = params.group_in * params.kernel_h * params.kernel_w;",
    "if (item >= taps * tiles * params.groups) { return; }",
    "let kx = item % params.kernel_w;",
    "let ky = item / params.kernel_w % params.kernel_h;",
    "let c = item / (params.kernel_w * params.kernel_h) % params.group_in;",
    statement`let channel = item / taps % tiles * ${channels}u;`,
    "let part = item / (taps * tiles);",
    "let first_out = part * params.group_out;",
    "let in_channel = part * params.group_in + c;",
    range(channels).map((i) => statement`var c${i} = 0.0f;`),
    "for (var n = 0u; n < params.batch; n++) {",
    "for (var oy = 0u; oy < params.out_h; oy++) {",
    "let iy = oy * params.stride_h + ky - params.pad_h;",
    "if (iy >= params.in_h) { continue; }",
    range(channels).map((i) => statement`var row${i} = 0.0f;`),
    "for (var ox = 0u; ox < params.out_w; ox++) {",
    "let ix = ox * params.stride_w + kx - params.pad_w;",
    "if (ix >= params.in_w) { continue; }",
    statement`let x = ${loadX}(${viewPosition("x", "nchw", ["n", "in_channel", "iy", "ix"])});`,
    range(channels).map(
      (i) =>
        statement`row${i} += x * ${loadG}(${viewPosition("g", "nohw", ["n", wgsl`first_out + min(channel + ${i}u, params.group_out - 1u)`, "oy", "ox"])});`,
    ),
    "}",
    // Each row is summed on its own first: the rounding error then grows with rows plus columns.
    range(channels).map((i) => statement`c${i} += row${i};`),
    "}",
    "}",
    range(channels).map(
      (i) =>
        statement`if (channel + ${i}u < params.group_out) { let at = (first_out + channel + ${i}u) * taps + item % taps; store_out(at, finish(at, c${i})); }`,
    ),
  )

/** The gradient of a convolution in its weight: each weight sums over the pixels it has met. */
export const convolutionWeightKernel = (
  group: Group,
  limits: KernelLimits,
  inPlace: Tensor | null,
): readonly Kernel[] => {
  const bindings = bindGroup(group, limits, inPlace)
  const { operands, params } = weightProblem(group, bindings)
  const [source, upper] = operands
  const { code, functions } = finishFunction(group, bindings)
  const taps = params.group_in * params.kernel_h * params.kernel_w
  const items = taps * Math.ceil(params.group_out / channels) * params.groups
  return [
    assembleKernel({
      label: labelOf(group),
      family: "conv2dWeight",
      bindings: bindings.entries,
      params,
      functions,
      code,
      elements: sizeOf(group.root.shape),
      workgroupSize,
      main: main(source.load, upper.load),
      workgroups: Math.ceil(items / workgroupSize),
      choice: { channels },
    }),
  ]
}
