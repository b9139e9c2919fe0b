import { add, matmul, permute, reshape, sliceAxis, transpose, type Tensor } from "@diva/tensor"
import { constantParameter, parameter } from "../params/parameter.ts"
import { read, readWide, type Layer } from "../layers/layer.ts"
import type { VisionNames } from "./visionNames.ts"
import { gridSize, type VisionConfig } from "./visionConfig.ts"

/** Cuts images into patches.  [batch, 3, s, s] → [batch, grid², 3·patch²], rows of patches first. */
const cutPatches = (images: Tensor, grid: number, patch: number): Tensor => {
  const [batch, channels, height, width] = images.shape as readonly [number, number, number, number]
  const used = grid * patch
  const rows = height === used ? images : sliceAxis(images, 2, 0, used)
  const square = width === used ? rows : sliceAxis(rows, 3, 0, used)
  const cut = permute(reshape(square, [batch, channels, grid, patch, grid, patch]), [0, 2, 4, 1, 3, 5])
  return reshape(cut, [batch, grid * grid, channels * patch * patch])
}

/** [batch, grid², width] → [batch, width, grid, grid], the layout of a convolution's output. */
const asMap = (tokens: Tensor, grid: number): Tensor =>
  reshape(transpose(tokens), [tokens.shape[0]!, tokens.shape[2]!, grid, grid])

/**
 * A linear map of every patch: a convolution whose stride is its kernel, computed as one matrix product.
 * images: [batch, 3, size, size] → [batch, grid², width]
 */
export const patchEmbedding = ({ patches, patchModule, patchMap }: VisionNames, config: VisionConfig): Layer => {
  const { patchSize, width, patchBias } = config
  const grid = gridSize(config)
  const fanIn = 3 * patchSize * patchSize
  const weight = parameter(`${patches}.weight`, [width, 3, patchSize, patchSize], fanIn ** -0.5)
  const bias = patchBias ? constantParameter(`${patches}.bias`, [width], 0) : undefined
  return {
    name: patchModule,
    parameters: bias === undefined ? [weight] : [weight, bias],
    apply: (run, images) => {
      const matrix = transpose(reshape(read(run, weight), [width, fanIn]))
      const product = matmul(cutPatches(images, grid, patchSize), matrix)
      const tokens = bias === undefined ? product : add(product, readWide(run, bias))
      if (run.observe !== undefined) run.observe(patchModule, patchMap ? asMap(tokens, grid) : tokens)
      return tokens
    },
  }
}
