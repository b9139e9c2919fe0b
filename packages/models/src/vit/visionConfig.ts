import type { Activation } from "../layers/activation.ts"

/** A vision transformer by its sizes and options; every image tower of the model zoo is one of these. */
export interface VisionConfig {
  /** Edge of the square input image, in pixels. */
  readonly imageSize: number
  readonly patchSize: number
  readonly width: number
  readonly depth: number
  readonly heads: number
  readonly mlpWidth: number
  readonly activation: Activation
  readonly eps: number
  readonly patchBias: boolean
  /** Whether a layer norm stands before the first block. */
  readonly preNorm: boolean
  /**
   * How the image becomes one vector: the class token that stands before the patches, or a learned query that attends to
   * all patches, in which case there is no class token.
   */
  readonly pooling: "class" | "attention"
  /** Width of the projected tokens; undefined where the tower has no output projection. */
  readonly outputWidth: number | undefined
}

/** Patches along one edge; pixels beyond the last whole patch are unused. */
export const gridSize = ({ imageSize, patchSize }: VisionConfig): number => Math.floor(imageSize / patchSize)

/** Patches in an image, `grid²`. */
export const patchCount = (config: VisionConfig): number => gridSize(config) ** 2

/** Tokens inside the tower: the patches, after the class token where there is one. */
export const tokenCount = (config: VisionConfig): number => patchCount(config) + (config.pooling === "class" ? 1 : 0)
