import type { CostModel } from "../../../adapter/costModel.ts"
import { fittingTiles, isWideEnough, sharedSeconds } from "../../tiles/workgroupTile.ts"
import { readingSite } from "../../tiles/parts.ts"
import type { Site, Way } from "../../way/way.ts"
import { convolutionCorrelation, gradientCorrelation, type Correlation } from "../textures/correlation.ts"
import type { CorrelationProblem } from "../textures/ways.ts"
import { imageScratch, isBearable, productScratch, weightScratch, winogradLayout, type WinogradTile } from "./layout.ts"
import { multiplyPlanes, planeProducts } from "./product.ts"
import { transformImage, transformResult, transformWeight } from "./transforms.ts"

const tiles = [4, 2] as const

const isTiled = ({ correlation, operands }: CorrelationProblem): boolean => {
  if (correlation === null || !operands.every(({ computed }) => computed === undefined)) return false
  const { kernel, stride, spread } = correlation
  return (
    kernel.every((extent) => extent === 3) &&
    stride.every((step) => step === 1) &&
    spread.every((step) => step === 1) &&
    tiles.some((tile) => isWideEnough(planeProducts(correlation, tile)))
  )
}

// Transforms read and write in pieces, which takes longer than a copy of as many bytes.
const movedSeconds = (elements: number, { dispatch, bytes }: CostModel): number =>
  dispatch + (1.5 * 4 * elements) / bytes

/** Seconds of each dispatch: weight, image, products, and the result. */
const costs = ({ correlation }: CorrelationProblem, choice: WinogradTile, model: CostModel): readonly number[] => {
  const { batch, channels, features, size, out } = correlation!
  const layout = winogradLayout(correlation!, choice.tile)
  const [weights, image, products] = [
    weightScratch(correlation!, layout).size,
    imageScratch(correlation!, layout).size,
    productScratch(layout).size,
  ]
  return [
    movedSeconds(9 * channels * features + weights, model),
    movedSeconds(batch * channels * size[0] * size[1] + image, model),
    sharedSeconds(planeProducts(correlation!, choice.tile), choice, model) +
      (4 * (weights + image + products)) / model.bytes,
    movedSeconds(products + batch * features * out[0] * out[1], model),
  ]
}

const tiledWinograd = (
  family: string,
  correlationOf: (site: Site) => Correlation,
): Way<CorrelationProblem, WinogradTile> => ({
  name: "tiledWinograd",
  needs: ({ workgroupMemory = 0, isSoftware = false }) => workgroupMemory > 0 && !isSoftware,
  takes: (problem, facts) => isTiled(problem) && tiles.some((tile) => isBearable(problem.correlation!, tile, facts)),
  numerics: () => "f32",
  candidates: ({ correlation }, facts) =>
    tiles
      .filter((tile) => isBearable(correlation!, tile, facts) && isWideEnough(planeProducts(correlation!, tile)))
      .flatMap((tile) => fittingTiles([], facts).map((choice) => ({ ...choice, tile }))),
  // Frozen weights are transformed once.
  cost: (problem, choice, model) =>
    costs(problem, choice, model).reduce((sum, seconds, i) => sum + (i === 0 && problem.weightIsKept ? 0 : seconds), 0),
  costs,
  write: ({ correlation }, choice, site) => {
    const reading = readingSite(site)
    const read = correlationOf(reading)
    return [
      transformWeight(family, read, choice.tile, reading),
      transformImage(family, read, choice.tile, reading),
      multiplyPlanes(family, read, choice, reading),
      transformResult(family, correlation!, choice.tile, site),
    ]
  },
})

/**
 * Winograd's method for windows of 3×3 and stride 1 on tiles in workgroup memory: weights (once for all runs where they are frozen) and
 * image are transformed, each point of the transform is a product over channels, and the tail is applied to what is transformed back.
 */
export const winogradForward = tiledWinograd("conv2d", convolutionCorrelation)
export const winogradInput = tiledWinograd("conv2dInput", gradientCorrelation)
