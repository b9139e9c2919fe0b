import { Effect } from "effect"
import { defaultExecution } from "../objective/execution.ts"
import { readConfigs } from "../sources/readConfigs.ts"
import type { SpecsOf } from "../gpu/machineArray.ts"
import type { Sums } from "../objective/update.ts"
import {
  microStepOptions,
  microStepProgram,
  microStepSpecs,
  type MicroArguments,
  type PlannedConfig,
} from "../train/plan/microProgram.ts"
import { shippedWorld } from "../world/shippedWorld.ts"
import { worldTraining } from "../world/worldTraining.ts"

/** Images of an update of the demonstration's runs, all in one micro-step. */
export const demoImages = 16

/** What compiles a micro-step: its program, what that takes, and what a run of it consumes and leaves as it is. */
export interface DemoMicroStep {
  readonly describe: (args: MicroArguments) => Sums
  readonly specs: SpecsOf<MicroArguments>
  readonly options: { readonly donate: readonly ["gradientSum", "lossSum"]; readonly frozen: readonly ["frozen"] }
}

/**
 * The micro-step of the demonstration's runs as they compile it, or one of another number of images: of the models that ship with this
 * package, which are so small that all latents of a batch are computed together. Errors: `ConfigInvalid`, `FileUnreadable`.
 */
export const demoMicroStep = Effect.fn("demoMicroStep")(function* (images: number = demoImages) {
  const { clip, diffusion: sd } = shippedWorld
  const models = yield* readConfigs({ clip, clipConfig: clip, sd })
  const training = worldTraining(models, { "images-per-update": images, batch: images })
  const { trainSteps } = training.method.switches
  const config: PlannedConfig = { ...training, execution: defaultExecution(images, trainSteps, Infinity) }
  const { donate, frozen } = microStepOptions(config, 0)
  const step: DemoMicroStep = {
    describe: microStepProgram(config),
    specs: microStepSpecs(config),
    options: { donate, frozen },
  }
  return step
})
