import type { CostModel } from "../../adapter/costModel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import {
  fittingMatrixTiles,
  fittingPackedTiles,
  longestSum,
  packedRegisters,
  matrixSeconds,
  matrixTileCount,
  type MatrixChoice,
} from "./matrixChoice.ts"
import { joinSeconds, usefulParts } from "./parts.ts"
import type { Products } from "./workgroupTile.ts"

/** A tile of a product by matrix units, its sum shared by workgroups. */
export type PartedMatrix = MatrixChoice & {
  /** Workgroups that share the sum of a tile, each a stretch of it. */
  readonly parts: number
}

/** Whether an adapter has matrix units, and all else that tiles for them are made of. */
export const multipliesMatrices = ({ matrixUnits, f16 = false, subgroupSize }: KernelFacts): boolean =>
  f16 && subgroupSize > 0 && (matrixUnits?.shapes.length ?? 0) > 0

/** In how many parts at least a sum of such operands is computed. */
export const leastParts = (operands: MatrixChoice["operands"], depth: number): number =>
  operands === "split" ? Math.ceil(depth / longestSum) : 1

const drainedIn = (operands: MatrixChoice["operands"], depth: number, parts: number): Pick<MatrixChoice, "drained"> =>
  Math.ceil(depth / parts) > longestSum && operands === "split" ? { drained: longestSum } : {}

const inParts = (
  tiles: readonly MatrixChoice[],
  operands: MatrixChoice["operands"],
  of: Products,
  facts: KernelFacts,
): readonly PartedMatrix[] =>
  tiles.flatMap((tile) =>
    usefulParts(of, { least: 1, tiles: matrixTileCount(of, tile) }, facts).map((parts) => ({
      ...tile,
      parts,
      ...drainedIn(operands, of.depth, parts),
    })),
  )

/** Tiles of products that fit the adapter, each whole and in as many parts as may be worth it. */
export const partedMatrices = (
  operands: MatrixChoice["operands"],
  of: Products,
  facts: KernelFacts,
): readonly PartedMatrix[] => inParts(fittingMatrixTiles(operands, facts), operands, of, facts)

/** Registers of an invocation that matrices and sums of a tile with packed matrices may take beside all else. */
const mostRegisters = 192

/** The same with the matrices of one operand packed, where a subgroup's registers hold two steps of them. */
export const packedMatrices = (
  { operands, packed }: { readonly operands: MatrixChoice["operands"]; readonly packed: "left" | "right" },
  of: Products,
  facts: KernelFacts,
): readonly PartedMatrix[] =>
  inParts(fittingPackedTiles(operands, packed, facts), operands, of, facts).filter(
    (choice) => packedRegisters(choice, facts.subgroupSize) <= mostRegisters,
  )

/** Seconds that such tiles are expected to take, adding the parts included. */
export const partedSeconds = (of: Products, choice: PartedMatrix, model: CostModel): number =>
  matrixSeconds(
    { ...of, depth: Math.ceil(of.depth / choice.parts), products: of.products * choice.parts },
    choice,
    model,
  ) + (choice.parts === 1 ? 0 : joinSeconds(of, choice, model))
