import { call, statement, wgsl, type Wgsl } from "../../../codegen/expression.ts"
import { sizeOf } from "../../../shape/shape.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import { convolutionFlops, type ConvolutionGeometry, type ConvolutionProblem, type SizedProblem } from "../problem.ts"
import type { Kernel } from "../../dispatch/kernel.ts"
import { secondsOf } from "../../../adapter/costModel.ts"
import type { KernelFacts } from "../../../adapter/kernelFacts.ts"
import {
  accumulators,
  depth,
  hasLaneTiles,
  lanes,
  loadColumns,
  multiplyStep,
  subgroupDirectives,
  tileColumns,
} from "../../tiles/laneTile.ts"
import { lines, range, type Operand } from "../../emit/operand.ts"
import { fitsWindow, padImage, paddedImage, type ImageWindow, type PaddedImage } from "./paddedImage.ts"
import { finishFunction, labelOf } from "../../emit/tail.ts"
import type { Site, Way } from "../../way/way.ts"
import { tailEntries } from "../../emit/tailEntries.ts"

/** A weight gradient: Σ over images and pixels p of image[n, c, p·stride + k − before]·cotangent[n, o, p]. */
interface Problem {
  readonly image: Operand
  readonly cotangent: Operand
  readonly batch: number
  readonly channels: number
  readonly features: number
  readonly out: readonly [rows: number, columns: number]
  readonly kernel: readonly [height: number, width: number]
  readonly geometry: ConvolutionGeometry
}

type Extents = readonly [number, number, number, number]

const component = "xyzw"

// A step of depth is eight neighbouring pixels of a row; rows of the cotangent fill up to whole steps with zeros.
const wholeSteps = (columns: number): number => Math.ceil(columns / depth) * depth

const imageWindow = ({ batch, out, kernel, geometry: { stride, padding } }: Problem): ImageWindow => ({
  image: 0,
  images: batch,
  top: -padding[0],
  left: -padding[2],
  height: (out[0] - 1) * stride[0] + kernel[0],
  width: (wholeSteps(out[1]) - 1) * stride[1] + kernel[1],
})

const cotangentWindow = ({ batch, out }: Problem): ImageWindow => ({
  image: 0,
  images: batch,
  top: 0,
  left: 0,
  height: out[0],
  width: wholeSteps(out[1]),
})

/** Columns of the image that the eight pixels of a step see. */
const seenColumns = ({ kernel, geometry: { stride } }: Problem): number => (depth - 1) * stride[1] + kernel[1]

const seenTexels = (problem: Problem): number => problem.kernel[0] * seenColumns(problem)

// One row per tap and channel of a texel. Taps overlap, so a step loads each texel it sees once, spread over the lanes.
const rowNames = ({ kernel }: Problem): readonly string[] =>
  range(4).flatMap((c) => range(kernel[0] * kernel[1]).map((tap) => `s${c}_${tap}`))

const seenLines = (problem: Problem): readonly string[] =>
  range(Math.ceil(seenTexels(problem) / lanes)).flatMap((i) => [
    statement`let j${i} = min(${i * lanes}u + l, ${seenTexels(problem) - 1}u);`,
    statement`let x${i} = j${i} % ${seenColumns(problem)}u * params.texels + c4;`,
    statement`let y${i} = j${i} / ${seenColumns(problem)}u;`,
  ])

const loadSeen = (problem: Problem): readonly string[] =>
  range(Math.ceil(seenTexels(problem) / lanes)).map(
    (i) => statement`let a${i} = textureLoad(left, vec2<u32>(x${i} + left_x, y${i} + left_y));`,
  )

const multiplySeen = (problem: Problem): readonly string[] => {
  const taps = problem.kernel[0] * problem.kernel[1]
  return multiplyStep(rowNames(problem), (row, k) => {
    const [c, tap] = [Math.floor(row / taps), row % taps]
    const [ky, kx] = [Math.floor(tap / problem.kernel[1]), tap % problem.kernel[1]]
    const seen = ky * seenColumns(problem) + k * problem.geometry.stride[1] + kx
    return [`a${Math.floor(seen / lanes)}.${component[c]}`, seen % lanes]
  })
}

// The four channels' taps of one feature lie next to each other in [o, c, kh, kw].
const storeLines = (problem: Problem, vector: boolean): readonly string[] => {
  const sums = rowNames(problem)
  const taps = problem.kernel[0] * problem.kernel[1]
  const value = (f: number, i: number): Wgsl => wgsl`finish(at + ${i}u, ${sums[i]!}.${component[f]!})`
  const quads = (f: number): readonly string[] =>
    range(taps).map(
      (q) =>
        statement`store4_out((at >> 2u) + ${q}u, ${call(
          "vec4<f32>",
          range(4).map((i) => value(f, 4 * q + i)),
        )});`,
    )
  const singles = (f: number): readonly string[] =>
    range(4).flatMap((c) => [
      statement`if (c4 * 4u + ${c}u < params.channels) {`,
      ...range(taps).map((tap) => statement`store_out(at + ${c * taps + tap}u, ${value(f, c * taps + tap)});`),
      "}",
    ])
  return range(4).flatMap((f) => [
    statement`if (feature + ${f}u < params.features) {`,
    statement`let at = ((feature + ${f}u) * params.channels + c4 * 4u) * ${taps}u;`,
    ...(vector ? quads(f) : singles(f)),
    "}",
  ])
}

const mainText = (problem: Problem, vector: boolean): string =>
  lines(
    "let l = lane;",
    "let channel_tiles = (params.channels + 3u) / 4u;",
    // All channels for some features follow one another: the cotangent of those features stays in the cache.
    "let c4 = group % channel_tiles;",
    statement`let tile = group / channel_tiles * ${tileColumns}u;`,
    "let feature = tile + l * 4u;",
    "if (tile >= params.features) { return; }",
    seenLines(problem),
    accumulators(rowNames(problem)),
    // One loop over all steps of all rows: a second one would copy the accumulators once per row.
    "var row = 0u;",
    "var x = 0u;",
    statement`for (var step = 0u; step < params.rows * ((params.out_w + ${depth - 1}u) / ${depth}u); step++) {`,
    statement`let left_y = row / params.out_h * params.height + row % params.out_h * ${problem.geometry.stride[0]}u;`,
    statement`let left_x = x * ${problem.geometry.stride[1]}u * params.texels;`,
    "let right_x = x * params.feature_texels + (feature >> 2u);",
    loadSeen(problem),
    loadColumns((k) => [wgsl`right_x + ${k}u * params.feature_texels`, wgsl`row`]),
    multiplySeen(problem),
    statement`x += ${depth}u;`,
    "row += u32(x >= params.out_w);",
    "x = select(x, 0u, x >= params.out_w);",
    "}",
    storeLines(problem, vector),
  )

// Rows of a tile beyond this overflow the instruction cache; fewer than this leave the loads too little work.
const fewestTaps = 4
const mostTaps = 9

const fits = (problem: Problem, limits: KernelFacts): boolean => {
  const { kernel, channels, features } = problem
  const taps = kernel[0] * kernel[1]
  return (
    taps >= fewestTaps &&
    taps <= mostTaps &&
    seenTexels(problem) <= 8 * lanes &&
    fitsWindow(channels, imageWindow(problem), limits) &&
    fitsWindow(features, cotangentWindow(problem), limits)
  )
}

const stageCotangent = (problem: Problem): PaddedImage => paddedImage(1, problem.features, cotangentWindow(problem))

const productOf = (problem: Problem, { group, bindings }: Site): Kernel => {
  const { channels, features, out, batch } = problem
  const { code, functions } = finishFunction(group, bindings)
  const { entries, vector } = tailEntries(group, bindings, code, channels % 4 === 0)
  const left = paddedImage(0, channels, imageWindow(problem))
  const right = stageCotangent(problem)
  return assembleKernel({
    label: labelOf(group),
    family: "conv2dWeight",
    bindings: entries,
    textures: [
      { name: "left", staged: left.staged },
      { name: "right", staged: right.staged },
    ],
    directives: subgroupDirectives,
    params: {
      channels,
      features,
      rows: batch * out[0],
      out_h: out[0],
      out_w: out[1],
      height: left.height,
      texels: left.texels,
      feature_texels: right.texels,
    },
    functions,
    code,
    elements: sizeOf(group.root.shape),
    workgroupSize: lanes,
    main: mainText(problem, vector),
    workgroups: Math.ceil(channels / 4) * Math.ceil(features / tileColumns),
  })
}

const tapProblem = ({ operands, shapes, geometry }: ConvolutionProblem): Problem => {
  const [x, g, weight] = shapes as unknown as readonly Extents[]
  return {
    image: operands[0],
    cotangent: operands[1],
    batch: x![0],
    channels: x![1],
    features: g![1],
    out: [g![2], g![3]],
    kernel: [weight![2], weight![3]],
    geometry,
  }
}

/**
 * The gradient of a convolution in its weight for CPU drivers: a tile is all taps of four channels by 32 features, so that
 * each texel of the image a step sees is loaded once for all taps.
 */
export const taps: Way<SizedProblem & ConvolutionProblem> = {
  name: "taps",
  needs: hasLaneTiles,
  takes: (problem, facts) => problem.geometry.groups === 1 && fits(tapProblem(problem), facts),
  numerics: () => "f32",
  candidates: () => [{}],
  cost: (problem, _choice, model) => {
    const { batch, out } = tapProblem(problem)
    return model.dispatch + secondsOf(model, "lanes", convolutionFlops(problem, batch * out[0] * out[1]))
  },
  write: (given, _choice, site) => {
    const problem = tapProblem(given)
    const { image, cotangent, channels } = problem
    const [label, left] = [labelOf(site.group), paddedImage(0, channels, imageWindow(problem))]
    return [
      padImage(label, site.bindings, image, imageWindow(problem), left, [1, 1], site.facts),
      padImage(label, site.bindings, cotangent, cotangentWindow(problem), stageCotangent(problem), [1, 1], site.facts),
      productOf(problem, site),
    ]
  },
}
