import { scaleLines } from "../emit/scale.ts"
import { isWideEnough, roundedTiles, sharedNumerics, sharedSeconds, type SharedChoice } from "../tiles/workgroupTile.ts"
import type { Way } from "../way/way.ts"
import type { ContractProblem } from "./problem.ts"
import { productsOf, tiledKernel } from "./workgroup.ts"

/**
 * Tiles in workgroup memory whose operands are scaled and rounded to f16, products and sums in f32: half the bytes through that
 * memory, for adapters with f16 and without matrix units for it.
 */
export const rounded: Way<ContractProblem, SharedChoice> = {
  name: "rounded",
  needs: ({ workgroupMemory = 0, f16 = false }) => workgroupMemory > 0 && f16,
  takes: (problem) => isWideEnough(productsOf(problem)),
  numerics: sharedNumerics,
  scales: [0, 1],
  candidates: (_problem, facts) => roundedTiles(facts),
  cost: (problem, choice, model) => sharedSeconds(productsOf(problem), choice, model),
  write: (problem, choice, site) => {
    const scaling = [...scaleLines(site, 0, "left"), ...scaleLines(site, 1, "right")]
    return [tiledKernel(problem, choice, site, scaling)]
  },
}
