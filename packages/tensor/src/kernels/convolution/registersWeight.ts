import { statement, wgsl } from "../../codegen/expression.ts"
import { sizeOf } from "../../shape/shape.ts"
import { assembleKernel } from "../dispatch/assemble.ts"
import { lines, range, viewPosition } from "../emit/operand.ts"
import { finishFunction, labelOf } from "../emit/tail.ts"
import type { Way } from "../way/way.ts"
import type { WeightProblem } from "./problem.ts"
import { workgroupSize } from "./registerTile.ts"
import { registerSeconds } from "./registerSeconds.ts"

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

const workgroupsOf = ({ params }: WeightProblem): number => {
  const taps = params.group_in * params.kernel_h * params.kernel_w
  return Math.ceil((taps * Math.ceil(params.group_out / channels) * params.groups) / workgroupSize)
}

/** The gradient in the weight: each weight sums over the pixels it has met. */
export const registersWeight: Way<WeightProblem> = {
  name: "registers",
  needs: () => true,
  takes: ({ operands }) => operands.every(({ computed }) => computed === undefined),
  numerics: () => "f32",
  candidates: () => [{ channels }],
  cost: (problem, _choice, model) => {
    const { batch, out_h, out_w } = problem.params
    return registerSeconds(problem, { pixels: batch * out_h * out_w, workgroups: workgroupsOf(problem) }, model)
  },
  write: (problem, _choice, { group, bindings }) => {
    const [source, upper] = problem.operands
    return [
      assembleKernel({
        ...finishFunction(group, bindings),
        label: labelOf(group),
        family: "conv2dWeight",
        bindings: bindings.entries,
        params: problem.params,
        elements: sizeOf(group.root.shape),
        workgroupSize,
        main: main(source.load, upper.load),
        workgroups: workgroupsOf(problem),
      }),
    ]
  },
}
