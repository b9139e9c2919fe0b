import { titleOf, type Execution, type TrainConfig, type TrainingPlan } from "@diva/diva"
import { counted, columns } from "@diva/tensor"
import { renderExecution } from "./execution.ts"
import { showBytes, showCount, showNumber } from "../../text/number.ts"

/** A training configuration without its weights. */
type PlannedConfig = Omit<TrainConfig, "weights">

/** A plan with the run it is for. */
export interface PlannedRun {
  readonly plan: TrainingPlan
  /** How micro-steps will be computed. */
  readonly execution: Execution
  readonly config: PlannedConfig
  /** Where the run will be written. */
  readonly out: string
  /** Samples in the data. */
  readonly samples: number
}

const imagesPerUpdate = ({ method }: PlannedConfig): number => method.imagesPerUpdate

/** `seen once each`, `seen 2.5 times each`. */
const seenWords = (times: number): string => (times === 1 ? "seen once each" : `seen ${showNumber(times)} times each`)

const kernels = ({ microStep }: TrainingPlan): number => new Set(microStep.steps.map(({ wgsl }) => wgsl)).size

const showFlops = (flops: number): string => `${Number((flops / 1e9).toPrecision(3)).toLocaleString("en-US")} GFLOP`

const budgetWords = ({ memoryBudget }: PlannedConfig): string =>
  memoryBudget === undefined ? "" : ` of ${showBytes(memoryBudget)} given`

/** The plan of a run as a page of text. */
export const renderPlannedRun = ({ plan, execution, config, out, samples }: PlannedRun): string => {
  const { optimisation, batchSize, imageSize } = config
  const images = imagesPerUpdate(config)
  const total = images * optimisation.updates
  return columns(
    [
      ["run", `${counted(optimisation.updates, "update")} into ${out}`],
      [
        "update",
        `${counted(images, "image")}: ${counted(images / batchSize, "micro-batch", "micro-batches")} of ${batchSize}, ${imageSize} pixels`,
      ],
      ["data", `${counted(samples, "sample")}, ${seenWords(total / samples)}`],
      ["learning rate", titleOf(optimisation.schedule)],
      ["optimizer", titleOf(optimisation.optimizer)],
      ["trained", `${showCount(plan.trainedParameters)} numbers`],
      ["frozen", `${showCount(plan.frozenParameters)} numbers`],
      ["computed", renderExecution(execution)],
      ["peak memory", `${showBytes(plan.peakBytes)} on the device${budgetWords(config)}`],
      [
        "micro-step",
        `${counted(plan.microStep.steps.length, "dispatch", "dispatches")} of ${counted(kernels(plan), "kernel")}, ${showFlops(plan.microStep.flops)}`,
      ],
      ["arithmetic", `${showFlops(plan.updateFlops)} per update`],
    ],
    ["left", "left"],
  ).join("\n")
}

/** The same as data. */
export const plannedRunData = ({ plan, execution, config, out, samples }: PlannedRun) => ({
  out,
  samples,
  updates: config.optimisation.updates,
  imagesPerUpdate: imagesPerUpdate(config),
  trainedParameters: plan.trainedParameters,
  frozenParameters: plan.frozenParameters,
  execution,
  peakBytes: plan.peakBytes,
  dispatches: plan.microStep.steps.length,
  kernels: kernels(plan),
  flopsPerUpdate: plan.updateFlops,
})
