import { filledSeconds, type CostModel } from "../../adapter/costModel.ts"
import { convolutionFlops, type SizedProblem } from "./problem.ts"

/** What register tiles compute: a convolution or gradient that multiplies each weight with so many pixels, in workgroups. */
interface RegisterWork {
  readonly pixels: number
  readonly workgroups: number
}

/**
 * Seconds that register tiles are expected to take: next to nothing where all else takes several kernels and there is little to
 * compute.
 */
export const registerSeconds = (
  problem: SizedProblem,
  { pixels, workgroups }: RegisterWork,
  model: CostModel,
): number => {
  const flops = convolutionFlops(problem, pixels)
  return flops < model.smallest ? 0 : filledSeconds(model, "registers", { workgroups, flops: flops / workgroups })
}
