import type { CostModel } from "../../adapter/costModel.ts"
import { halvesOf, matrixNumerics } from "../tiles/matrixChoice.ts"
import { multipliesMatrices, packedMatrices, partedSeconds, type PartedMatrix } from "../tiles/partedMatrix.ts"
import { joinSeconds } from "../tiles/parts.ts"
import { isWideEnough } from "../tiles/workgroupTile.ts"
import type { Way } from "../way/way.ts"
import { matrixKernels } from "./matrix.ts"
import type { ContractProblem } from "./problem.ts"
import { productsOf } from "./workgroup.ts"

/** Seconds that packing takes, once for all runs. */
const packingSeconds = ({ k, n, m, kept }: ContractProblem, choice: PartedMatrix, model: CostModel): number => {
  const elements = k * (kept === "left" ? m : n)
  return model.dispatch + ((4 + 2 * halvesOf(choice).length) * elements) / model.bytes
}

const packedWay = (name: string, operands: PartedMatrix["operands"]): Way<ContractProblem, PartedMatrix> => ({
  name,
  needs: multipliesMatrices,
  takes: (problem, { bindingBytes }) => {
    const { k, n, m, kept } = problem
    const bytes = 2 * halvesOf({ operands }).length * (k + 16) * ((kept === "left" ? m : n) + 16)
    return kept !== null && bytes <= bindingBytes && isWideEnough(productsOf(problem))
  },
  numerics: matrixNumerics,
  scales: [0, 1],
  candidates: (problem, facts) => packedMatrices({ operands, packed: problem.kept! }, productsOf(problem), facts),
  cost: (problem, choice, model) => partedSeconds(productsOf(problem), choice, model),
  costs: (problem, choice, model) => {
    const [all, join] = [
      partedSeconds(productsOf(problem), choice, model),
      choice.parts === 1 ? 0 : joinSeconds(productsOf(problem), choice, model),
    ]
    const packing = packingSeconds(problem, choice, model)
    return choice.parts === 1 ? [packing, all] : [packing, all - join, join]
  },
  write: matrixKernels,
})

/**
 * Matrix units on operands of which one is the same in most runs: a frozen weight. It is scaled, rounded and laid out once, in the
 * fragments that matrix units load, which tiles then load straight from storage, a step of depth ahead of the products. What changes from
 * run to run passes through workgroup memory as in all tiles.
 */
export const packedHalf = packedWay("packedHalf", "f16")

/** The same on f32 operands split into two f16 each, with f32's accuracy. */
export const packedSplit = packedWay("packedSplit", "split")
