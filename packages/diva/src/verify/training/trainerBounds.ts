import { Effect } from "effect"
import { CaseInvalid } from "../caseError.ts"
import { arrayCalled, type CaseFile } from "../caseTensors.ts"
import { fieldOf, isCount } from "../documentFields.ts"
import type { ReadableCase } from "../kind.ts"

/** A case is a check, not a training run: beyond this many micro-batches something is wrong with its manifest. */
const mostMicroBatches = 4096

const count = (found: ReadableCase, field: string): Effect.Effect<number, CaseInvalid> =>
  fieldOf(found, ["trainer", field], "an integer of at least 1", isCount)

/** The case's images, once it is known that they are pictures and suffice for all its steps. Errors: `CaseInvalid`. */
export const boundedTrainer = Effect.fnUntraced(function* (found: ReadableCase, images: CaseFile, name: string) {
  const steps = yield* count(found, "max_steps")
  const accumulation = yield* count(found, "gradient_accumulation_steps")
  const batch = yield* count(found, "batch_size")
  const draws = yield* count(found, "train_steps")
  const pictures = yield* arrayCalled(images, name)
  const { shape } = pictures
  const needed = steps * accumulation * batch
  const rule =
    steps * accumulation * draws > mostMicroBatches
      ? `asks for ${steps} steps of ${accumulation} micro-batches of ${draws} draws: too many for a case`
      : shape.length !== 4 || shape[1] !== 3
        ? `"${name}" must be [count, 3, height, width], found [${shape}]`
        : shape[0]! < needed
          ? `"${name}" holds ${shape[0]} images, ${needed} are needed`
          : undefined
  if (rule === undefined) return pictures
  return yield* new CaseInvalid({ file: found.file, rule, remedy: "restore the file from its source" })
})
