import type { KernelFacts } from "../../../adapter/kernelFacts.ts"
import type { Scratch } from "../../dispatch/kernel.ts"
import type { SharedChoice } from "../../tiles/workgroupTile.ts"
import type { Correlation } from "../textures/correlation.ts"
import { winogradOf } from "../textures/winogradMatrices.ts"

/** Outputs of a tile along one axis, and the tiles in workgroup memory that multiply what is transformed. */
export type WinogradTile = SharedChoice & { readonly tile: 2 | 4 }

/** How many tiles of pixels cover all images, and extents of the transformed arrays in whole vectors of four. */
export interface WinogradLayout {
  readonly planes: number
  readonly across: number
  readonly down: number
  readonly tiles: number
  readonly wideTiles: number
  readonly wideFeatures: number
}

const inVectors = (extent: number): number => Math.ceil(extent / 4) * 4

export const winogradLayout = ({ batch, features, out }: Correlation, tile: 2 | 4): WinogradLayout => {
  const [down, across] = [Math.ceil(out[0] / tile), Math.ceil(out[1] / tile)]
  const tiles = batch * down * across
  return {
    planes: winogradOf(tile).extent ** 2,
    across,
    down,
    tiles,
    wideTiles: inVectors(tiles),
    wideFeatures: inVectors(features),
  }
}

const scratch = (number: number, size: number): Scratch => ({ scratch: number, dtype: "f32", size })

/** Transformed weights as [plane][channel][feature]. */
export const weightScratch = ({ channels }: Correlation, { planes, wideFeatures }: WinogradLayout): Scratch =>
  scratch(0, planes * channels * wideFeatures)

/** The transformed image as [plane][channel][tile]. */
export const imageScratch = ({ channels }: Correlation, { planes, wideTiles }: WinogradLayout): Scratch =>
  scratch(1, planes * channels * wideTiles)

/** Their products as [plane][feature][tile]. */
export const productScratch = ({ planes, wideFeatures, wideTiles }: WinogradLayout): Scratch =>
  scratch(2, planes * wideFeatures * wideTiles)

// Transformed weights are kept for all runs where they are frozen, and read whole in each: large ones gain little.
const mostWeightBytes = 96 * 2 ** 20

/** What lives between transforms and products, at most. */
const mostBytes = 2 ** 29

/** Whether the transformed arrays are of bearable size. */
export const isBearable = (correlation: Correlation, tile: 2 | 4, { bindingBytes }: KernelFacts): boolean => {
  const layout = winogradLayout(correlation, tile)
  const most = Math.min(mostBytes, bindingBytes)
  return (
    4 * weightScratch(correlation, layout).size <= Math.min(mostWeightBytes, bindingBytes) &&
    4 * imageScratch(correlation, layout).size <= most &&
    4 * productScratch(layout).size <= most
  )
}
