import { runDivaCase } from "../../reference/divaCase.ts"
import { Effect } from "effect"
import { arraysUnder, type Arrays } from "../caseTensors.ts"
import { configIn } from "../configBounds.ts"
import { recordIn } from "../documentFields.ts"
import type { ReadableCase, SupportedKind } from "../kind.ts"
import { compareLosses, compareNorms, compareRates } from "../training/numberGroups.ts"
import { compareFirstForward, compareGradients, compareParameters, compareUpdates } from "../training/tensorGroups.ts"
import { readTrainingFiles, snapshotsOf } from "../training/trainingFiles.ts"

const requireSane = Effect.fnUntraced(function* (found: ReadableCase) {
  for (const field of ["clip_config", "unet_config", "vae_config", "text_config"]) yield* configIn(found, field)
})

/** A whole optimizer run: how losses, gradients, clipping, schedule and updates are composed. */
export const divaTraining: SupportedKind = {
  name: "DIVA training",
  multiplies: true,
  accepts: (document) => recordIn(document, "trainer") !== undefined && typeof document["flavour"] === "string",
  run: (found) =>
    Effect.gen(function* () {
      yield* requireSane(found)
      const { data, firstForward, gradients, final } = yield* readTrainingFiles(found)
      const result = yield* runDivaCase(found.document, data, snapshotsOf(final))
      const [wantForward, wantGradients, wantFinal] = yield* Effect.forEach([firstForward, gradients, final], (file) =>
        file === undefined ? Effect.succeed<Arrays>({}) : arraysUnder(file),
      )
      return [
        ...(firstForward === undefined ? [] : yield* compareFirstForward({ found, result, want: wantForward! })),
        ...(gradients === undefined ? [] : yield* compareGradients({ found, result, want: wantGradients! })),
        ...(yield* compareLosses(found, result)),
        ...(yield* compareNorms(found, result)),
        ...(yield* compareRates(found, result)),
        ...(final === undefined ? [] : yield* compareParameters({ found, result, want: wantFinal! })),
        ...(final === undefined ? [] : yield* compareUpdates({ found, result, want: wantFinal! }, data)),
      ]
    }),
}
