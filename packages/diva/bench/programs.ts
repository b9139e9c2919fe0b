import { Effect } from "effect"
import type { Compiled, Device } from "@diva/tensor"
import { preparedRuns } from "../../../scripts/bench/onDevice.ts"
import type { Offers, Prepared } from "../../../scripts/bench/serve.ts"
import type { MicroStepOutputs } from "../src/objective/microStep.ts"
import { demoScale, microStepProgram, microStepSpecs, operandsOf, type MicroStepArguments } from "./microStep.ts"

/** The demonstration's micro-step, its gradient sum fed back as in training. */
export const preparedMicroStep = async (device: Device): Promise<Prepared> => {
  const scale = await Effect.runPromise(demoScale)
  const specs = microStepSpecs(scale)
  const { gradientSum, ...given } = device.put(operandsOf(specs))
  let sum: unknown = gradientSum
  let compiled: Compiled<MicroStepArguments, MicroStepOutputs> | undefined
  const once = (): void => {
    sum = compiled!({ ...given, gradientSum: sum } as never).gradientSum
  }
  return {
    compile: async () => {
      compiled = await device.compile(microStepProgram(scale), specs as never, {
        name: "microStep",
        donate: ["gradientSum"],
      })
    },
    ...preparedRuns(device, () => compiled?.plan, once),
    dispose: () => compiled?.dispose(),
  }
}

/** What this package measures on a device. */
export const offersOn = (device: Device): Offers => ({ microStep: () => preparedMicroStep(device) })
