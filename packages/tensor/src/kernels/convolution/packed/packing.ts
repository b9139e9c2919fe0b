import { statement, wgsl, type Wgsl } from "../../../codegen/expression.ts"
import { assembleKernel } from "../../dispatch/assemble.ts"
import { bindingFor, type Kernel } from "../../dispatch/kernel.ts"
import { lines, range, viewParams, viewPosition, type Operand } from "../../emit/operand.ts"
import { scaleFunction, scaleLines, upperFunction } from "../../emit/scale.ts"
import { halvesOf } from "../../tiles/matrixChoice.ts"
import { magnitudeInput } from "../../way/scaled.ts"
import type { Site } from "../../way/way.ts"
import type { Correlation } from "../textures/correlation.ts"
import { blockSize, packedImage, packedLayout, packedWeight, type Packed, type PackedTile } from "./packedLayout.ts"

const workgroupSize = 256

/** Channels that an invocation packs: four words of f16. */
const together = 8

/** What an operand's packing reads and where each of its packed elements comes from. */
interface Packing {
  readonly label: string
  /** Its place among the op's operands. */
  readonly number: number
  readonly operand: Operand
  readonly packed: Packed
  readonly params: Readonly<Record<string, number>>
  /** Statements that name `channel`, the first one, given `half`: which eight of the block. */
  readonly place: readonly string[]
  /** Whether the element number `e` of eight exists, and where it lies. */
  readonly element: (e: number) => readonly [exists: Wgsl, position: Wgsl]
}

const fetchText = ({ operand, element, number }: Packing): readonly string[] =>
  range(together).flatMap((e) => {
    const [exists, position] = element(e)
    return [
      statement`let exists${e} = ${exists};`,
      statement`let at${e} = select(0u, ${position}, exists${e});`,
      statement`let value${e} = select(0.0f, ${operand.load}(at${e}), exists${e}) * ${number === 0 ? "image" : "weight"}_scale;`,
    ]
  })

// As tiles in workgroup memory split numbers: the upper bits cut off, what they leave in the other half.
const halfLines: Readonly<Record<"high" | "low", readonly string[]>> = {
  high: ["let first = upper_of(whole0);", "let second = upper_of(whole1);"],
  low: ["let first = whole0 - upper_of(whole0);", "let second = whole1 - upper_of(whole1);"],
}

const roundedLines = ["let first = whole0;", "let second = whole1;"]

const mainText = (packing: Packing, tile: PackedTile, site: Site): string => {
  const name = packing.number === 0 ? "image" : "weight"
  return lines(
    statement`let i = group * ${workgroupSize}u + lane;`,
    "if (i >= params.size) { return; }",
    "let half = i % 2u;",
    packing.place,
    scaleLines(site, packing.number, name),
    fetchText(packing),
    "let whole0 = vec4<f32>(value0, value1, value2, value3);",
    "let whole1 = vec4<f32>(value4, value5, value6, value7);",
    halvesOf(tile).flatMap((half) => [
      "{",
      ...(tile.operands === "split" ? halfLines[half] : roundedLines),
      statement`store4_packed(i + ${half === "high" ? 0 : 1}u * params.size, vec4<u32>(bitcast<vec2<u32>>(vec4<f16>(first)), bitcast<vec2<u32>>(vec4<f16>(second))));`,
      "}",
    ]),
  )
}

const packingKernel = (family: string, packing: Packing, tile: PackedTile, site: Site): Kernel => {
  const { group, bindings, facts } = site
  const read = new Set([packing.operand.base, magnitudeInput(group.anchor!, packing.number)])
  const { scratch, halfSize } = packing.packed
  const size = halfSize / together
  return assembleKernel({
    label: packing.label,
    family,
    directives: ["enable f16;"],
    bindings: [
      ...bindings.entries.filter(({ buffer, binding }) => binding.access === "read" && read.has(buffer as never)),
      { buffer: scratch, binding: { ...bindingFor(scratch, "packed", "write", facts), vector: true } },
    ],
    params: { ...packing.params, size },
    functions: [scaleFunction, ...(tile.operands === "split" ? [upperFunction] : [])],
    code: "",
    elements: size,
    workgroupSize,
    main: mainText(packing, tile, site),
    workgroups: Math.ceil(size / workgroupSize),
  })
}

/** Lays the image out with its border of zeros, in blocks of channels. */
export const packImage = (family: string, correlation: Correlation, tile: PackedTile, site: Site): Kernel => {
  const layout = packedLayout(correlation, tile)
  const { image, channels, size, before } = correlation
  return packingKernel(
    family,
    {
      label: "image (packed)",
      number: 0,
      operand: image,
      packed: packedImage(correlation, tile, layout),
      params: {
        blocks: layout.blocks,
        high: layout.high,
        wide: layout.wide,
        channels,
        in_h: size[0],
        in_w: size[1],
        before_h: before[0],
        before_w: before[1],
        ...viewParams("x", "nchw", image.view),
      },
      // Rows and columns of the border wrap to huge numbers, so one comparison covers both sides.
      place: [
        "let pixel = i / 2u;",
        "let x = pixel % params.wide - params.before_w;",
        "let y = pixel / params.wide % params.high - params.before_h;",
        "let block = pixel / (params.wide * params.high);",
        "let n = block / params.blocks;",
        statement`let channel = block % params.blocks * ${blockSize}u + half * ${together}u;`,
        "let is_inside = y < params.in_h && x < params.in_w;",
      ],
      element: (e) => [
        wgsl`is_inside && channel + ${e}u < params.channels`,
        viewPosition("x", "nchw", ["n", wgsl`channel + ${e}u`, "y", "x"]),
      ],
    },
    tile,
    site,
  )
}

/** Lays the weights out as the fragments that matrix units load. */
export const packWeight = (family: string, correlation: Correlation, tile: PackedTile, site: Site): Kernel => {
  const layout = packedLayout(correlation, tile)
  const { weight, channels, features, kernel } = correlation
  return packingKernel(
    family,
    {
      label: "weight (packed)",
      number: 1,
      operand: weight,
      packed: packedWeight(tile, layout),
      params: {
        blocks: layout.blocks,
        taps: layout.taps,
        kernel_w: kernel[1],
        channels,
        features,
        ...viewParams("w", "oihw", weight.view),
      },
      place: [
        statement`let row = i / 2u % ${blockSize}u;`,
        statement`let tap = i / ${2 * blockSize}u % params.taps;`,
        statement`let block = i / ${2 * blockSize}u / params.taps;`,
        statement`let feature = block / params.blocks * ${blockSize}u + row;`,
        statement`let channel = block % params.blocks * ${blockSize}u + half * ${together}u;`,
        "let y = tap / params.kernel_w;",
        "let x = tap % params.kernel_w;",
      ],
      element: (e) => [
        wgsl`feature < params.features && channel + ${e}u < params.channels`,
        viewPosition("w", "oihw", ["feature", wgsl`channel + ${e}u`, "y", "x"]),
      ],
    },
    tile,
    site,
  )
}
