import type { Kind } from "../kind.ts"
import { divaTraining } from "./divaTraining.ts"
import { laterKinds } from "./laterKinds.ts"
import { learningRates } from "./learningRates.ts"
import { noiseTables } from "./noiseTables.ts"
import { openaiClip } from "./openaiClip.ts"
import { sdText } from "./sdText.ts"
import { unetCase } from "./unetCase.ts"
import { vaeCase } from "./vaeCase.ts"

/** Every kind of case, in the order in which a document is offered to them. */
export const kinds: readonly Kind[] = [
  divaTraining,
  ...laterKinds,
  openaiClip,
  unetCase,
  vaeCase,
  sdText,
  learningRates,
  noiseTables,
]
