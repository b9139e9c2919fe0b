import { statement, wgsl } from "../../../codegen/expression.ts"
import type { Kernel } from "../../dispatch/kernel.ts"
import { viewParams, viewPosition } from "../../emit/operand.ts"
import { packedTogether as together, packingKernel } from "../../tiles/packing.ts"
import type { Site } from "../../way/way.ts"
import type { Correlation } from "../textures/correlation.ts"
import { blockSize, packedImage, packedLayout, packedWeight, type PackedTile } from "./packedLayout.ts"

/** Lays the image out with its border of zeros, in blocks of channels. */
export const packImage = (family: string, correlation: Correlation, tile: PackedTile, site: Site): Kernel => {
  const layout = packedLayout(correlation, tile)
  const { image, channels, size, before } = correlation
  return packingKernel(
    family,
    {
      label: "image (packed)",
      name: "image",
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
      name: "weight",
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
