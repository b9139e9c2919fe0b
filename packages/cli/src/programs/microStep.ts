import { demoImages, demoMicroStep } from "@diva/diva"
import { Effect } from "effect"
import type { ProgramKind } from "./program.ts"

/** One micro-step of the demonstration's runs, whole: VAE, CLIP forward and backward, UNet twice both ways. */
export const microStepKind: ProgramKind = {
  name: "micro-step",
  summary: "a DIVA micro-step of the demonstration's small models",
  sizes: [["images", demoImages]],
  build: ([images = demoImages]) =>
    Effect.map(demoMicroStep(images), ({ describe, specs, options: { donate, frozen } }) => ({
      name: `micro-step ${images}`,
      describe,
      specs,
      donate,
      frozen,
    })),
}
