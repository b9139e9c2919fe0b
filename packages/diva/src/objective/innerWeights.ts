import type { Switches } from "./switches.ts"

/** What the weights of a micro-batch's draws depend on. */
export interface WeightedBy {
  readonly switches: Pick<Switches, "innerWeighting" | "referenceAccumulation" | "trainSteps">
  readonly imagesPerUpdate: number
}

/**
 * Weights of the inner draws' gradients in a micro-batch of `batch` images, for N images an update, A = `referenceAccumulation` and
 * K inner draws: `reference` gives b·A/N, …, b·A/N, b/N; `uniform` b/N each; `mean` b/(N·K) each. Micro-batches' gradients are then
 * summed, so how an update is split does not change what is meant.
 *
 * The original sums g₀ + g₁/A over A micro-batches of N/(A·R) images on each of R devices and averages the devices: the same.
 */
export const innerWeights = ({ switches, imagesPerUpdate }: WeightedBy, batch: number): readonly number[] => {
  const { innerWeighting, referenceAccumulation, trainSteps } = switches
  return Array.from({ length: trainSteps }, (_, k) => {
    if (innerWeighting === "mean") return batch / (imagesPerUpdate * trainSteps)
    const times = innerWeighting === "reference" && k < trainSteps - 1 ? referenceAccumulation : 1
    return (batch * times) / imagesPerUpdate
  })
}
