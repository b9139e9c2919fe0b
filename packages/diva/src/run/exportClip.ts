import * as path from "node:path"
import { Data, Effect, type Scope } from "effect"
import { openWeights, overlaid, selectPart, type FileError, type WeightFile, type WeightsError } from "@diva/models"
import { checkedParameters } from "../checkpoint/checkpointFiles.ts"
import { checkpointId, updateOf, type CheckpointCorrupt } from "../checkpoint/runState.ts"
import { statesIn } from "../checkpoint/checkpointFolder.ts"
import { storage } from "../files/storage.ts"
import { fromEither, fromTaskEither } from "../fromEither.ts"
import { fileWeights } from "../weights/fileWeights.ts"
import { weightsHash } from "../weights/weightArray.ts"
import { readManifest, type RunManifest } from "./manifest.ts"
import { runFiles, unfinishedClip } from "./runFiles.ts"
import { doing } from "../doing.ts"

/** A run that gives no CLIP as it is: nothing is saved yet, or the weights it began with are not to be found. */
export class RunNotExportable extends Data.TaggedError("RunNotExportable")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return `${this.folder}: ${this.rule}`
  }
}

/** Which CLIP of which run. */
export interface ExportRequest {
  readonly folder: string
  /** The update whose checkpoint is exported; the newest by default. */
  readonly update?: number
  /** The weights the run started from, if they are no longer where its manifest says. */
  readonly clip?: string
}

/** A whole CLIP of a run under OpenAI's or OpenCLIP's names, read when it is wanted. */
export interface TrainedClip {
  readonly update: number
  readonly file: WeightFile
}

type Failure = RunNotExportable | CheckpointCorrupt | FileError | WeightsError

const tower = "class_model.model."

/** Updates whose states a run holds, newest first. Errors: `FileUnreadable`. */
export const savedUpdates = Effect.fn("savedUpdates")(function* (folder: string) {
  const ids = yield* statesIn(runFiles(folder).checkpoints)
  return ids.map((id) => updateOf(id)!)
})

const chosenUpdate = Effect.fnUntraced(function* ({ folder, update }: ExportRequest) {
  const saved = yield* savedUpdates(folder)
  const [newest] = saved
  if (newest === undefined)
    return yield* new RunNotExportable({
      folder,
      rule: "it holds no checkpoint",
      remedy: "wait for the first (--checkpoint-every says when), or stop the run with Ctrl-C, which saves one",
    })
  if (update === undefined || saved.includes(update)) return update ?? newest
  return yield* new RunNotExportable({
    folder,
    rule: `it holds no checkpoint of update ${update}; it holds ${saved.join(", ")}`,
    remedy: "name one of them with --update, or leave it out for the newest",
  })
})

const opened = (file: string): Effect.Effect<WeightFile, WeightsError, Scope.Scope> =>
  Effect.acquireRelease(fromTaskEither(openWeights(file)), ({ close }) => Effect.promise(close))

const openClip = Effect.fnUntraced(function* (file: string) {
  return yield* fromEither(selectPart(yield* opened(file), "clip", "siglip"))
})

const notThose = (folder: string, file: string): RunNotExportable =>
  new RunNotExportable({
    folder,
    rule: `${file} does not hold the weights the run started from: its content differs`,
    remedy: "give the file the run started from with --clip",
  })

const gone = (folder: string, { sources }: RunManifest): RunNotExportable =>
  new RunNotExportable({
    folder,
    rule:
      sources?.clip === undefined
        ? "no checkpoint holds the text tower, and the run did not start from a file of weights"
        : `no checkpoint holds the text tower, and ${sources.clip}, which the run started from, is missing`,
    remedy:
      sources?.clip === undefined
        ? "stop the run with Ctrl-C, or let it end: it then writes its whole CLIP"
        : "give the weights the run started from, wherever they are now, with --clip",
  })

/** The first of the files that exists. */
const firstThere = Effect.fnUntraced(function* (names: readonly string[]) {
  const { files } = yield* storage
  for (const file of names) if (yield* Effect.orElseSucceed(files.exists(file), () => false)) return file
  return undefined
})

/** Frozen tensors are the same in the run's own export, whatever its update: it stands in for weights that are gone. */
const baseOf = Effect.fnUntraced(function* ({ folder, clip }: ExportRequest, manifest: RunManifest) {
  const own = yield* firstThere([runFiles(folder).clip, unfinishedClip(folder)])
  const named = clip ?? manifest.sources?.clip
  if (named !== undefined && (clip !== undefined || (yield* firstThere([named])) === named)) {
    const file = yield* openClip(named)
    yield* doing(`comparing ${named} with what the run started from`)
    if ((yield* weightsHash(fileWeights(file))) === manifest.weights.clip) return file
    if (clip !== undefined || own === undefined) return yield* notThose(folder, named)
  }
  return own === undefined ? yield* gone(folder, manifest) : yield* openClip(own)
})

const noRun = (folder: string): RunNotExportable =>
  new RunNotExportable({
    folder,
    rule: "it is not the folder of a run: it has no manifest.json",
    remedy: "name the folder that --out named",
  })

/**
 * The whole CLIP of a run after a saved update: the trained image tower, and everything else of the weights the run began with,
 * which its manifest names and whose content is compared. Its files stay open until the scope ends.
 * Errors: `RunNotExportable`, `CheckpointCorrupt`, those of reading files.
 */
export const openTrainedClip: (request: ExportRequest) => Effect.Effect<TrainedClip, Failure, Scope.Scope> = Effect.fn(
  "openTrainedClip",
)(function* (request) {
  const { folder } = request
  const manifest = yield* readManifest(runFiles(folder).manifest)
  if (manifest === undefined) return yield* noRun(folder)
  const update = yield* chosenUpdate(request)
  const id = checkpointId(update)
  yield* doing(`reading ${id}`)
  const parameters = yield* checkedParameters(path.join(runFiles(folder).checkpoints, id), id)
  const file = yield* fromEither(overlaid(yield* baseOf(request, manifest), parameters, tower))
  return { update, file: { ...file, remarks: [], metadata: {} } }
})
