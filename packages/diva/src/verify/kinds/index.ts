import type { Kind } from "../kind.ts"
import { divaTraining } from "./divaTraining.ts"
import { imagePreprocessing } from "./imagePreprocessing.ts"
import { laterKinds } from "./laterKinds.ts"
import { learningRates } from "./learningRates.ts"
import { mmvpScores } from "./mmvpScores.ts"
import { noiseTables } from "./noiseTables.ts"
import { openaiClip } from "./openaiClip.ts"
import { openClip, siglip } from "./openClip.ts"
import { parameterLists } from "./parameterLists.ts"
import { sdText } from "./sdText.ts"
import { tokenizers } from "./tokenizers.ts"
import { unetCase } from "./unetCase.ts"
import { vaeCase } from "./vaeCase.ts"
import { weightContainers } from "./weightContainers.ts"

/** Every kind of case, in the order in which a document is offered to them. */
export const kinds: readonly Kind[] = [
  divaTraining,
  mmvpScores,
  ...laterKinds,
  siglip,
  openClip,
  openaiClip,
  unetCase,
  vaeCase,
  sdText,
  learningRates,
  noiseTables,
  parameterLists,
  imagePreprocessing,
  tokenizers,
  weightContainers,
]
