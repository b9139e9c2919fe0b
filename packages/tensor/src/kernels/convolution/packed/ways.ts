import { filledSeconds, type CostModel, type InnerLoop } from "../../../adapter/costModel.ts"
import { invocationsOf, workgroupMemoryOf, type KernelFacts } from "../../../adapter/kernelFacts.ts"
import { fittingMatrices, matrixInvocations, matrixNumerics, type MatrixChoice } from "../../tiles/matrixChoice.ts"
import { leastParts, multipliesMatrices } from "../../tiles/partedMatrix.ts"
import { joinKernel, joinSeconds, readingSite, usefulParts } from "../../tiles/parts.ts"
import { isWideEnough } from "../../tiles/workgroupTile.ts"
import type { Site, Way } from "../../way/way.ts"
import { convolutionCorrelation, gradientCorrelation, type Correlation } from "../textures/correlation.ts"
import type { CorrelationProblem } from "../textures/ways.ts"
import { blockSize, isBindable, packedBytes, type PackedTile } from "./packedLayout.ts"
import { heldBytes, productParts, productsOf, wholeProduct, workgroupsOf } from "./packedProduct.ts"
import { packImage, packWeight } from "./packing.ts"
import { readsStored } from "./storedPixels.ts"

type Rectangle = Pick<PackedTile, "rows" | "down" | "across" | "subRows" | "subColumns">

/** Large ones reuse most; small ones fill an adapter on small images. */
const rectangles: readonly Rectangle[] = [
  { rows: 128, down: 8, across: 16, subRows: 64, subColumns: 32 },
  { rows: 128, down: 4, across: 16, subRows: 64, subColumns: 32 },
  { rows: 64, down: 4, across: 16, subRows: 32, subColumns: 32 },
  { rows: 64, down: 8, across: 8, subRows: 32, subColumns: 32 },
  { rows: 32, down: 2, across: 16, subRows: 16, subColumns: 16 },
  { rows: 32, down: 4, across: 8, subRows: 16, subColumns: 16 },
]

/** Windows of more taps than this would make a kernel's text long. */
const mostTaps = 9

/** Fewer channels fill too little of a block. */
const fewestChannels = blockSize / 2

const tilesOf = (
  operands: MatrixChoice["operands"],
  correlation: Correlation,
  facts: KernelFacts,
): readonly PackedTile[] => {
  const of = productsOf(correlation)
  return fittingMatrices(facts)
    .flatMap((matrices) =>
      rectangles.flatMap((rectangle) =>
        (["stored", "packed"] as const).map((image) => ({
          ...rectangle,
          ...matrices,
          columns: rectangle.down * rectangle.across,
          depth: blockSize,
          operands,
          parts: 1,
          image,
        })),
      ),
    )
    .filter(
      (tile) =>
        // A matrix of pixels lies in one row of the rectangle, one of weights in one fragment.
        tile.across % tile.n === 0 &&
        blockSize % tile.m === 0 &&
        blockSize % tile.k === 0 &&
        tile.subRows % blockSize === 0 &&
        tile.subColumns % tile.n === 0 &&
        matrixInvocations(tile, facts.subgroupSize) <= invocationsOf(facts) &&
        heldBytes(correlation, tile) <= workgroupMemoryOf(facts) &&
        (tile.image === "packed" || readsStored(correlation, tile, facts.subgroupSize)) &&
        isBindable(correlation, tile, facts),
    )
    .flatMap((tile) => {
      const tiles = workgroupsOf(correlation, tile)
      return usefulParts(of, { least: leastParts(operands, of.depth), tiles }, facts).map((parts) => ({
        ...tile,
        parts,
      }))
    })
    .filter(({ parts }) => parts <= Math.ceil(correlation.channels / blockSize))
}

// Fragments of weights come from the cache for each subgroup anew: as much more, the smaller the tile. One for the largest.
const loadShare = ({ rows, columns }: PackedTile): number => (1 + (40 * (rows + columns)) / (rows * columns)) / 1.625

// Turning pixels over costs a tap about so much of its products: one tap alone most, since all taps share what is held.
const turningShare = 0.4

/** Words in, f16 out. */
const packingSeconds = (read: number, written: number, { dispatch, bytes }: CostModel): number =>
  dispatch + (read + written) / bytes

const loopOf = (tile: PackedTile): InnerLoop => (tile.operands === "split" ? "packedSplit" : "packedHalf")

/** Seconds of each dispatch in turn, of which that of the weight is not needed in every run. */
interface PackedCosts {
  readonly image: readonly number[]
  readonly weight: number
  readonly product: readonly number[]
}

const packedCosts = ({ correlation }: CorrelationProblem, tile: PackedTile, model: CostModel): PackedCosts => {
  const { batch, channels, features, size, kernel } = correlation!
  const [image, weight] = packedBytes(correlation!, tile)
  const taps = kernel[0] * kernel[1]
  const blocks = Math.ceil(channels / blockSize / tile.parts)
  const turning = tile.image === "stored" ? 1 + turningShare / taps : 1
  const product = filledSeconds(model, loopOf(tile), {
    workgroups: workgroupsOf(correlation!, tile),
    flops: 2 * tile.rows * tile.columns * blocks * blockSize * taps * loadShare(tile) * turning,
  })
  return {
    image: tile.image === "stored" ? [] : [packingSeconds(4 * batch * channels * size[0] * size[1], image, model)],
    weight: packingSeconds(4 * channels * features * taps, weight, model),
    product: [product, ...(tile.parts === 1 ? [] : [joinSeconds(productsOf(correlation!), tile, model)])],
  }
}

const inTurn = ({ image, weight, product }: PackedCosts): readonly number[] => [...image, weight, ...product]

/** All of them, without the weight's where it is packed once. */
const packedSeconds = (problem: CorrelationProblem, tile: PackedTile, model: CostModel): number => {
  const costs = packedCosts(problem, tile, model)
  return inTurn(problem.weightIsKept ? { ...costs, weight: 0 } : costs).reduce((sum, seconds) => sum + seconds, 0)
}

const isPackable = ({ correlation, operands }: CorrelationProblem): boolean => {
  if (correlation === null || !operands.every(({ computed }) => computed === undefined)) return false
  const { spread, stride, kernel, channels } = correlation
  return (
    isWideEnough(productsOf(correlation)) &&
    channels >= fewestChannels &&
    kernel[0] * kernel[1] <= mostTaps &&
    spread.every((step) => step === 1) &&
    stride.every((step) => step <= 2)
  )
}

const packedWay = (
  name: string,
  family: string,
  operands: MatrixChoice["operands"],
  correlationOf: (site: Site) => Correlation,
): Way<CorrelationProblem, PackedTile> => ({
  name,
  needs: multipliesMatrices,
  takes: isPackable,
  numerics: matrixNumerics,
  scales: [0, 1],
  candidates: ({ correlation }, facts) => tilesOf(operands, correlation!, facts),
  cost: packedSeconds,
  costs: (problem, tile, model) => inTurn(packedCosts(problem, tile, model)),
  write: ({ correlation }, tile, site) => {
    const reading = readingSite(site)
    const read = correlationOf(reading)
    const packing = [
      ...(tile.image === "packed" ? [packImage(family, read, tile, reading)] : []),
      packWeight(family, read, tile, reading),
    ]
    const whole = tile.parts === 1 ? wholeProduct(family, correlation!, tile, site) : null
    return whole !== null
      ? [...packing, whole]
      : [
          ...packing,
          productParts(family, read, tile, reading),
          joinKernel(family, productsOf(correlation!), tile, site),
        ]
  },
})

/**
 * Matrix units on operands that are packed first: the image once into f16 with its border, in blocks of channels; the weights into the
 * fragments that matrix units load, once for all runs where they are frozen. A workgroup holds the pixels that a rectangle's windows
 * see, and all taps read them from there.
 */
export const packedHalf = packedWay("packedHalf", "conv2d", "f16", convolutionCorrelation)
export const packedHalfInput = packedWay("packedHalf", "conv2dInput", "f16", gradientCorrelation)

/** The same on f32 operands split into two f16 each, with f32's accuracy. */
export const packedSplit = packedWay("packedSplit", "conv2d", "split", convolutionCorrelation)
export const packedSplitInput = packedWay("packedSplit", "conv2dInput", "split", gradientCorrelation)
