import type { KernelFacts } from "../../../adapter/kernelFacts.ts"
import { fragmentEdge } from "../../tiles/matrixChoice.ts"
import { packedIn, packedSize, type Packed } from "../../tiles/packing.ts"
import type { PartedMatrix } from "../../tiles/partedMatrix.ts"
import type { Correlation } from "../textures/correlation.ts"

/** A tile of features by a rectangle of pixels, `down` rows of `across`: its columns are the rectangle's pixels, row by row. */
export type PackedTile = PartedMatrix & {
  readonly down: number
  readonly across: number
  /** Whether the image is packed by a kernel of its own, or fetched as it is stored. Weights always are packed. */
  readonly image: "packed" | "stored"
}

/** Channels that lie together: the edge of a fragment of weights, and a pixel's share of a block. */
export const blockSize = fragmentEdge

/** Where a packed convolution's operands lie, in extents of the packed arrays. */
export interface PackedLayout {
  /** Blocks of channels, the last one filled up with zeros. */
  readonly blocks: number
  /** Blocks of features, filled up to whole tiles. */
  readonly featureBlocks: number
  readonly taps: number
  /** Rectangles that cover an image. */
  readonly tilesDown: number
  readonly tilesAcross: number
  /** The image with its border, and as much below and on the right as whole rectangles reach. */
  readonly high: number
  readonly wide: number
}

/** Rows and columns of the image that a rectangle's windows see. */
export const seenBy = ({ kernel, stride }: Correlation, down: number, across: number): readonly [number, number] => [
  (down - 1) * stride[0] + kernel[0],
  (across - 1) * stride[1] + kernel[1],
]

export const packedLayout = (correlation: Correlation, tile: PackedTile): PackedLayout => {
  const { channels, features, out, kernel } = correlation
  const [tilesDown, tilesAcross] = [Math.ceil(out[0] / tile.down), Math.ceil(out[1] / tile.across)]
  const [high, wide] = seenBy(correlation, tilesDown * tile.down, tilesAcross * tile.across)
  return {
    blocks: Math.ceil(channels / blockSize),
    featureBlocks: (Math.ceil(features / tile.rows) * tile.rows) / blockSize,
    taps: kernel[0] * kernel[1],
    tilesDown,
    tilesAcross,
    high,
    wide,
  }
}

// Sums of a shared tile are scratch number 0.

/** The image as [half][n][block][y][x][channel]. */
export const packedImage = ({ batch }: Correlation, tile: PackedTile, { blocks, high, wide }: PackedLayout): Packed =>
  packedIn(tile, 1, batch * blocks * high * wide * blockSize)

/** The weights as [half][block of features][block][tap][feature][channel]: fragments whose rows are features. */
export const packedWeight = (tile: PackedTile, { featureBlocks, blocks, taps }: PackedLayout): Packed =>
  packedIn(tile, 2, featureBlocks * blocks * taps * blockSize * blockSize)

/** Bytes of both packed operands. */
export const packedBytes = (correlation: Correlation, tile: PackedTile): readonly [image: number, weight: number] => {
  const layout = packedLayout(correlation, tile)
  return [packedSize(packedImage(correlation, tile, layout)), packedSize(packedWeight(tile, layout))]
}

/** Whether each packed operand fits a binding: kernels read them as one array. */
export const isBindable = (correlation: Correlation, tile: PackedTile, { bindingBytes }: KernelFacts): boolean => {
  const [image, weight] = packedBytes(correlation, tile)
  return weight <= bindingBytes && (tile.image === "stored" || image <= bindingBytes)
}
