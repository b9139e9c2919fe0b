import type { CaseData } from "../../reference/caseArrays.ts"
import type { DivaCaseResult } from "../../reference/divaCaseResult.ts"
import { Effect } from "effect"
import { arraysUnder, readCaseFile, readIfPresent, type Arrays, type CaseFile } from "../caseTensors.ts"
import type { ReadableCase } from "../kind.ts"
import { relatedFile } from "./relatedFile.ts"
import { boundedTrainer } from "./trainerBounds.ts"

type Named = DivaCaseResult["parameters"]

const asNamed = (arrays: Arrays): Named => new Map(Object.entries(arrays))

/** The files of a case; those with expected tensors may be absent. */
export interface TrainingFiles {
  readonly data: CaseData
  readonly firstForward: CaseFile | undefined
  readonly gradients: CaseFile | undefined
  readonly final: CaseFile | undefined
}

const imagesName = "images_u8"

const readData = Effect.fnUntraced(function* (found: ReadableCase) {
  const weights = yield* readCaseFile(yield* relatedFile(found, undefined, "weights.safetensors"))
  const draws = yield* readCaseFile(yield* relatedFile(found, undefined, "draws.safetensors"))
  const prior = yield* readCaseFile(yield* relatedFile(found, "sd_weights_file", "sd.safetensors"))
  const images = yield* readCaseFile(yield* relatedFile(found, "images_file", "images.safetensors"))
  const drawn = asNamed(yield* arraysUnder(draws))
  const data: CaseData = {
    weights: asNamed(yield* arraysUnder(weights)),
    prior: asNamed(yield* arraysUnder(prior)),
    images: yield* boundedTrainer(found, images, imagesName),
    draws: drawn,
  }
  return data
})

/** Reads all files of a case. Errors: `CaseInvalid`, errors of `readCaseFile`. */
export const readTrainingFiles = Effect.fnUntraced(function* (found: ReadableCase) {
  const files: TrainingFiles = {
    data: yield* readData(found),
    firstForward: yield* readIfPresent(found, "expected_first_forward.safetensors"),
    gradients: yield* readIfPresent(found, "expected_grads.safetensors"),
    final: yield* readIfPresent(found, "expected_final.safetensors"),
  }
  return files
})

/** After how many steps the case expects parameters, besides the end: `after2.` gives 2. */
export const snapshotsOf = (final: CaseFile | undefined): readonly number[] => [
  ...new Set([...(final?.tensors.keys() ?? [])].flatMap((name) => /^after(\d+)\./.exec(name)?.[1] ?? []).map(Number)),
]
