import * as path from "node:path"
import { Effect, Schema, type Scope } from "effect"
import { pipe } from "fp-ts/lib/function.js"
import * as RA from "fp-ts/lib/ReadonlyArray.js"
import * as E from "fp-ts/lib/Either.js"
import {
  parseSafetensors,
  readSafetensors,
  safetensorsContent,
  type FileError,
  type WeightFile,
  type WeightsError,
} from "@diva/models"
import { replaceFile } from "../files/replaceFile.ts"
import { isMissing, reading, storage } from "../files/storage.ts"
import { storedSource } from "../files/storedSource.ts"
import { fromEither, fromTaskEither } from "../fromEither.ts"
import { contentHash, hostArrayOf, toWrite, type NamedArrays } from "../weights/namedArrays.ts"
import { fileWeights } from "../weights/fileWeights.ts"
import { weightsHash } from "../weights/weightArray.ts"
import { writeJson } from "../files/writeJson.ts"
import { CheckpointCorrupt, type RunState } from "./runState.ts"

const files = { parameters: "parameters.safetensors", optimizer: "optimizer.safetensors" } as const

type Part = keyof typeof files

const stateFile = "state.json"

const CheckpointDescription = Schema.Struct({
  format: Schema.Literal("diva-checkpoint"),
  version: Schema.Literal(2),
  update: Schema.Int,
  rootKey: Schema.Tuple([Schema.Int, Schema.Int]),
  position: Schema.Struct({ epoch: Schema.Int, position: Schema.Int }),
  settings: Schema.JsonObject,
  sha256: Schema.Struct({ parameters: Schema.String, optimizer: Schema.String }),
  measures: Schema.optionalKey(
    Schema.Struct({
      loss: Schema.Struct({ sum: Schema.Finite, weight: Schema.Finite }),
      scores: Schema.Record(Schema.String, Schema.Finite),
    }),
  ),
  unseen: Schema.optionalKey(Schema.Literals(["update", "finish"])),
})

export type CheckpointDescription = typeof CheckpointDescription.Type

const describe = ({
  update,
  rootKey,
  position,
  settings,
  parameters,
  optimizer,
  measures,
  unseen,
}: RunState): CheckpointDescription => ({
  format: "diva-checkpoint",
  version: 2,
  update,
  rootKey: [...rootKey],
  position,
  settings,
  sha256: { parameters: contentHash(parameters), optimizer: contentHash(optimizer) },
  ...(measures === undefined ? {} : { measures }),
  ...(unseen === undefined ? {} : { unseen }),
})

const asFileError =
  (file: string) =>
  (error: WeightsError): FileError =>
    error._tag === "StorageFull" || error._tag === "FileUnwritable" || error._tag === "FileUnreadable"
      ? error
      : { _tag: "FileUnwritable", file, rule: error.rule, remedy: error.remedy }

const writePart = (folder: string, part: Part, arrays: NamedArrays): Effect.Effect<number, FileError> => {
  const file = path.join(folder, files[part])
  const content = fromEither(safetensorsContent(file, toWrite(arrays), { format: "pt" }))
  return Effect.mapError(
    Effect.flatMap(content, (write) => replaceFile(file, write)),
    asFileError(file),
  )
}

/** Writes a state's files into an empty folder, the description last. */
export const writeState = Effect.fnUntraced(function* (folder: string, state: RunState) {
  yield* writePart(folder, "parameters", state.parameters)
  yield* writePart(folder, "optimizer", state.optimizer)
  yield* writeJson(path.join(folder, stateFile), describe(state))
})

const corrupt = (id: string, rule: string): CheckpointCorrupt =>
  new CheckpointCorrupt({
    id,
    rule,
    remedy: "an older checkpoint is used where there is one; remove this one, or restore it from a copy",
  })

/** A file that is gone is damage to this checkpoint; any other failed read is the machine's. */
const readBytes = Effect.fnUntraced(function* (id: string, file: string) {
  const disk = yield* storage
  const found = yield* Effect.result(disk.files.readFile(file))
  if (found._tag === "Success") return found.success
  if (isMissing(found.failure)) return yield* corrupt(id, `${path.basename(file)} is missing`)
  return yield* reading(file)(Effect.fail(found.failure))
})

const arraysOf = (bytes: Uint8Array, file: string): E.Either<WeightsError, NamedArrays> =>
  pipe(
    parseSafetensors(bytes, file),
    E.chain(({ tensors }) =>
      pipe(
        [...tensors.values()],
        RA.map((tensor) =>
          pipe(
            hostArrayOf(tensor),
            E.map((array) => [tensor.name, array] as const),
          ),
        ),
        E.sequenceArray,
      ),
    ),
    E.map((entries) => new Map(entries)),
  )

const readPart = Effect.fnUntraced(function* (folder: string, id: string, part: Part, sha256: string) {
  const file = path.join(folder, files[part])
  const arrays = arraysOf(yield* readBytes(id, file), file)
  if (E.isLeft(arrays)) return yield* corrupt(id, `${files[part]}: ${arrays.left.rule}`)
  if (contentHash(arrays.right) !== sha256)
    return yield* corrupt(id, `${files[part]} does not have the content that was saved`)
  return arrays.right
})

const readDescription = Effect.fnUntraced(function* (folder: string, id: string) {
  const text = new TextDecoder().decode(yield* readBytes(id, path.join(folder, stateFile)))
  return yield* Schema.decodeUnknownEffect(Schema.fromJsonString(CheckpointDescription))(text).pipe(
    Effect.mapError((issue) => corrupt(id, `${stateFile} is not a checkpoint's description: ${issue.message}`)),
  )
})

/**
 * A state's parameters, once their content is found to be what was saved, one tensor in memory at a time; open for the scope's
 * life. Errors: `CheckpointCorrupt`, those of reading files.
 */
export const checkedParameters: (
  folder: string,
  id: string,
) => Effect.Effect<WeightFile, FileError | WeightsError | CheckpointCorrupt, Scope.Scope> = Effect.fnUntraced(
  function* (folder, id) {
    const { sha256 } = yield* readDescription(folder, id)
    const file = yield* fromTaskEither(readSafetensors(yield* storedSource(path.join(folder, files.parameters))))
    return (yield* weightsHash(fileWeights(file))) === sha256.parameters
      ? file
      : yield* corrupt(id, `${files.parameters} does not have the content that was saved`)
  },
)

/** Update and settings of a state, without its numbers. Errors: `CheckpointCorrupt`, `FileUnreadable`. */
export const describedState = (folder: string): Effect.Effect<CheckpointDescription, FileError | CheckpointCorrupt> =>
  readDescription(folder, path.basename(folder))

/** Reads and verifies a state. Errors: `CheckpointCorrupt`, `FileUnreadable`. */
export const readState = Effect.fnUntraced(function* (folder: string, id: string) {
  const { update, rootKey, position, settings, sha256, ...known } = yield* readDescription(folder, id)
  const parameters = yield* readPart(folder, id, "parameters", sha256.parameters)
  const optimizer = yield* readPart(folder, id, "optimizer", sha256.optimizer)
  const { measures, unseen } = known
  const state: RunState = {
    update,
    rootKey,
    position,
    settings,
    parameters,
    optimizer,
    ...(measures === undefined ? {} : { measures }),
    ...(unseen === undefined ? {} : { unseen }),
  }
  return state
})
