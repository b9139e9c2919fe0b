import { heightsFor, hasLaneTiles } from "../../tiles/laneTile.ts"
import type { Way } from "../../way/way.ts"
import type { ConvolutionProblem } from "../problem.ts"
import { correlationFlops, type Correlation } from "./correlation.ts"
import { implicitProduct, implicitStrips } from "./implicitProduct.ts"
import { implicitSeconds, winogradSeconds } from "./seconds.ts"
import { winogradKernels, winogradStrips } from "./winograd.ts"
import { winogradTiles, type WinogradChoice } from "./winogradProduct.ts"

/** A convolution, or its gradient in the image, with the walk over the image that it is. Channels come in one group. */
export interface CorrelationProblem extends ConvolutionProblem {
  readonly correlation: Correlation | null
  /** Whether the weight is the same in most runs. */
  readonly weightIsKept: boolean
}

const tilesOf = ({ batch, out }: Correlation, tile: number): number =>
  batch * Math.ceil(out[0] / tile) * Math.ceil(out[1] / tile)

// Below this a round of kernels costs more than computing an operand on the way saves.
const smallestWork = 1 << 24

/** The image is laid out anew, so each of its elements is computed about once. */
const absorbsImage = ({ correlation }: CorrelationProblem, operand: number): boolean =>
  operand === 0 && correlation !== null && correlationFlops(correlation) >= smallestWork

/**
 * One contraction per tap on a padded image with channels last, strip by strip, for CPU drivers: tiles of eight lanes,
 * operands in textures.
 */
export const implicit: Way<CorrelationProblem, { readonly rows: number }> = {
  name: "implicit",
  needs: hasLaneTiles,
  takes: ({ correlation }, facts) => correlation !== null && implicitStrips(correlation, facts) !== null,
  numerics: () => "f32",
  absorbs: absorbsImage,
  candidates: ({ correlation }) => {
    const { batch, out } = correlation!
    return heightsFor(batch * out[0] * out[1]).map((rows) => ({ rows }))
  },
  cost: ({ correlation }, { rows }, model) => implicitSeconds(correlation!, rows, model),
  write: ({ correlation }, { rows }, site) =>
    implicitProduct(site, correlation!, implicitStrips(correlation!, site.facts)!, rows),
}

/** Winograd's method for windows of 3×3 and stride 1, by the same tiles. */
export const winograd: Way<CorrelationProblem, WinogradChoice> = {
  name: "winograd",
  needs: hasLaneTiles,
  takes: ({ correlation }, facts) =>
    correlation !== null && winogradTiles.some((tile) => winogradStrips(correlation, tile, facts) !== null),
  numerics: () => "f32",
  absorbs: absorbsImage,
  candidates: ({ correlation }, facts) =>
    winogradTiles
      .filter((tile) => winogradStrips(correlation!, tile, facts) !== null)
      .flatMap((tile) => heightsFor(tilesOf(correlation!, tile)).map((rows) => ({ tile, rows }))),
  cost: ({ correlation }, { tile, rows }, model) => winogradSeconds(correlation!, tile, rows, model),
  write: ({ correlation }, choice, site) =>
    winogradKernels(site, correlation!, winogradStrips(correlation!, choice.tile, site.facts)!, choice),
}
