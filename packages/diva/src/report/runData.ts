import type { FileError } from "@diva/models"
import { Data, Effect, type PlatformError, Schema } from "effect"
import { decoded } from "../files/decoded.ts"
import { isFolder, isThere } from "../files/presence.ts"
import { readText } from "../files/readText.ts"
import { reading, storage } from "../files/storage.ts"
import { mmvpResultFile, readMmvpReport, type ResultInvalid } from "../evaluate/mmvp/readMmvpReport.ts"
import { readPictures, type StoredPictures } from "../pictures/pictureFiles.ts"
import { readManifest, type RunManifest } from "../run/manifest.ts"
import { type MetricsLine, readMetrics, readScores as readScored, type ScoresLine } from "../run/metricsFile.ts"
import { lockHolder } from "../files/runLock.ts"
import { readSkipped, type SkippedLine } from "../run/skippedFile.ts"
import { runFiles } from "../run/runFiles.ts"
import { readTurned, turnedFiles, type TurnedPairs } from "./turned.ts"

/** A folder named as a run's holds no run. */
export class NoRun extends Data.TaggedError("NoRun")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** What a run is doing. `killed`: its process is gone without having said goodbye. */
export type RunStateName = "running" | "finished" | "interrupted" | "failed" | "killed"

/** Percentages by category, before and after training. */
export interface Scores {
  readonly label: string
  readonly categories: readonly { readonly name: string; readonly percent: number }[]
  readonly average: number
}

/** Everything that is known of a run from its folder. */
export interface RunData {
  readonly name: string
  readonly folder: string
  readonly state: RunStateName
  readonly manifest: RunManifest
  readonly metrics: readonly MetricsLine[]
  readonly skipped: readonly SkippedLine[]
  readonly scores: readonly Scores[]
  /** Scores that were told while it trained, in order. */
  readonly scored: readonly ScoresLine[]
  /** What the diffusion model made of some images, oldest first. */
  readonly pictures: readonly StoredPictures[]
  /** The pairs that turned, where it was scored before and after. */
  readonly turned: TurnedPairs | undefined
}

const noRun = (folder: string): NoRun =>
  new NoRun({
    folder,
    rule: `${folder} holds no run: no manifest.json`,
    remedy: "name a folder that diva train or diva start wrote to, or a folder of such folders",
  })

const stateOf = (manifest: RunManifest, isHeld: boolean): RunStateName => {
  const outcome = manifest.launches.at(-1)?.outcome ?? "killed"
  return outcome === "running" && !isHeld ? "killed" : outcome
}

// A score of nothing is not a number, which JSON writes as null.
const Entry = Schema.Record(Schema.String, Schema.NullOr(Schema.Finite))
const Results = Schema.Record(Schema.String, Entry)
const Predicted = Schema.Struct({
  results_before: Schema.optionalKey(Results),
  results_final_after: Schema.optionalKey(Results),
})

const scoresOf = (title: string, results: typeof Results.Type): readonly Scores[] =>
  Object.entries(results).map(([label, { average_score: average = 0, ...categories }]) => ({
    label: `${label} ${title}`,
    categories: Object.entries(categories).map(([name, percent]) => ({ name, percent: percent ?? Number.NaN })),
    average: average ?? Number.NaN,
  }))

/** Scores in the form of the original's `pred_result.json`. Errors: `FileUnreadable`. */
const readScores = Effect.fnUntraced(function* (file: string) {
  if (!(yield* isThere(file))) return []
  const text = yield* readText(file)
  const remedy = "correct the file, or remove it from the run's folder"
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause): FileError => ({ _tag: "FileUnreadable", file, rule: (cause as Error).message, remedy }),
  })
  const { results_before: before = {}, results_final_after: after = {} } = yield* decoded(Predicted, value, {
    file,
    remedy,
  })
  return [...scoresOf("before", before), ...scoresOf("after", after)]
})

/** A result that cannot be used as a file that cannot be read. */
const unreadable = <A>(file: string, result: Effect.Effect<A, FileError | ResultInvalid>) =>
  Effect.catchTag(result, "ResultInvalid", ({ rule, remedy }) =>
    Effect.fail<FileError>({ _tag: "FileUnreadable", file, rule, remedy }),
  )

/** Scores that `diva eval mmvp --out` wrote into the run's folder, one for each way of scoring. */
const readMmvp = Effect.fnUntraced(function* (folder: string) {
  const file = yield* mmvpResultFile(folder)
  if (file === undefined) return []
  const { path } = yield* storage
  const { subject, scorings } = yield* unreadable(file, readMmvpReport(file))
  return scorings.map(({ rule, average, categories }): Scores => ({
    label: `MMVP of ${path.basename(subject.model)}, ${rule}`,
    categories: categories.map(({ name, estimate }) => ({ name, percent: estimate.value })),
    average: average.value,
  }))
})

/** Reads a run's folder. Errors: `NoRun`, `FileUnreadable`. */
export const readRun = Effect.fn("readRun")(function* (folder: string): Effect.fn.Return<RunData, NoRun | FileError> {
  const files = runFiles(folder)
  const manifest = yield* readManifest(files.manifest)
  if (manifest === undefined) return yield* noRun(folder)
  const holder = yield* lockHolder(folder)
  const { path } = yield* storage
  const run: RunData = {
    name: path.basename(path.resolve(folder)),
    folder,
    state: stateOf(manifest, holder !== undefined),
    manifest,
    metrics: yield* readMetrics(files.metrics),
    scored: yield* readScored(files.metrics),
    skipped: yield* readSkipped(files.skipped),
    pictures: yield* readPictures(files.pictures),
    turned: yield* unreadable(turnedFiles(folder).before, readTurned(folder)),
    scores: [...(yield* readScores(path.join(folder, "pred_result.json"))), ...(yield* readMmvp(folder))],
  }
  return run
})

/** How deep below a folder runs are looked for: runs/experiment/seed is three. */
const depth = 3

// Links are followed; a depth that is bounded ends in any circle of them.
const foldersWithManifest = Effect.fnUntraced(function* (
  folder: string,
  left: number,
): Effect.fn.Return<readonly string[], PlatformError.PlatformError> {
  const { files, path } = yield* storage
  const names = yield* files.readDirectory(folder)
  const own = names.includes("manifest.json") ? [folder] : []
  if (left === 0) return own
  const visible = names.filter((name) => !name.startsWith(".")).map((name) => path.join(folder, name))
  const folders = yield* Effect.filter(visible, isFolder)
  const found = yield* Effect.forEach(folders, (below) => foldersWithManifest(below, left - 1))
  return [...own, ...found.flat()]
})

/** Each folder once, under the first of its paths: links may lead to one in several ways. */
const onceEach = Effect.fnUntraced(function* (folders: readonly string[]) {
  const { files } = yield* storage
  const sorted = folders.toSorted()
  const places = yield* Effect.forEach(sorted, (folder) => reading(folder)(files.realPath(folder)))
  return sorted.filter((_, i) => places.indexOf(places[i]!) === i)
})

/** The runs at and below folders, each once, sorted by path. Folders that hold another manifest are passed over. Errors: `FileUnreadable`. */
export const findRuns = Effect.fn("findRuns")(function* (folders: readonly string[]) {
  const lists = yield* Effect.forEach(folders, (folder) => reading(folder)(foldersWithManifest(folder, depth)))
  const runs = yield* Effect.forEach(yield* onceEach(lists.flat()), (folder) => Effect.option(readRun(folder)))
  return runs.flatMap((run) => (run._tag === "Some" ? [run.value] : []))
})

const wholeSetting = (value: unknown): number => (typeof value === "number" ? value : 0)

/** Images of one update, by the run's settings. */
export const imagesPerUpdate = ({ manifest: { settings } }: RunData): number =>
  wholeSetting(settings["imagesPerUpdate"])

/** Updates of the whole run, by its settings. */
export const updatesOf = ({ manifest: { settings } }: RunData): number => {
  const optimisation = settings["optimisation"]
  return typeof optimisation === "object" && optimisation !== null && "updates" in optimisation
    ? wholeSetting(optimisation["updates"])
    : 0
}

/** Mean seconds of the newest updates, and how long the rest will take with them; undefined before the second update. */
export const remainingSeconds = (run: RunData): number | undefined => {
  const newest = run.metrics.slice(1).slice(-20)
  if (newest.length === 0) return undefined
  const each = newest.reduce((sum, { seconds }) => sum + seconds, 0) / newest.length
  return each * Math.max(0, updatesOf(run) - (run.metrics.at(-1)?.update ?? 0))
}
