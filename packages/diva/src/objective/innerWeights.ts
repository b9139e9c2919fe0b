import type { Switches } from "./switches.ts"

/**
 * Weights of the inner draws' gradients in one micro-batch: with `accumulation` A and K inner draws, `reference` gives
 * 1, …, 1, 1/A; `uniform` 1/A each; `mean` 1/(A·K) each. Micro-batches' gradients are then summed.
 * Source: the original's trainer (first losses back-propagated as they are, the last divided by A).
 */
export const innerWeights = (
  weighting: Switches["innerWeighting"],
  trainSteps: number,
  accumulation: number,
): readonly number[] =>
  Array.from({ length: trainSteps }, (_, k) => {
    if (weighting === "mean") return 1 / (accumulation * trainSteps)
    return weighting === "reference" && k < trainSteps - 1 ? 1 : 1 / accumulation
  })
