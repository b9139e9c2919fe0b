import { demoConfig, microStepProgram, microStepSpecs } from "@diva/diva"
import { Effect } from "effect"
import type { ProgramKind } from "./program.ts"

// Sizes and seed of the demonstration are constants that its own reader accepts: it cannot fail.
const config = () => Effect.runSync(Effect.orDie(demoConfig(1, 42)))

/** One micro-step of the demonstration's small models, whole: VAE, CLIP forward and backward, UNet twice both ways. */
export const microStepKind: ProgramKind = {
  name: "micro-step",
  summary: "a DIVA micro-step of the demonstration's small models",
  sizes: [["images", 2]],
  build: ([batchSize = 2]) => {
    const sized = { ...config(), batchSize }
    return {
      name: `micro-step ${batchSize}`,
      describe: microStepProgram(sized),
      specs: microStepSpecs(sized),
      donate: ["gradientSum", "lossSum"],
    }
  },
}
