import { nearestName } from "@diva/models"
import { Data, Effect } from "effect"
import { storage } from "../files/storage.ts"
import { runFiles } from "./runFiles.ts"

/** The output folder already holds a run, and nobody asked to resume it. */
export class RunExists extends Data.TaggedError("RunExists")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {}

const namesIn = (folder: string): Effect.Effect<readonly string[]> =>
  Effect.flatMap(storage, ({ files }) => Effect.orElseSucceed(files.readDirectory(folder), () => []))

const holdsCheckpoints = (folder: string): Effect.Effect<boolean> =>
  Effect.map(namesIn(runFiles(folder).checkpoints), (names) => names.some((name) => !name.startsWith(".")))

const holdsManifest = (folder: string): Effect.Effect<boolean> =>
  Effect.flatMap(storage, ({ files }) => Effect.orElseSucceed(files.exists(runFiles(folder).manifest), () => false))

/** A run that was killed before its first checkpoint has a manifest alone. */
const holdsRun = Effect.fnUntraced(function* (folder: string) {
  return (yield* holdsCheckpoints(folder)) || (yield* holdsManifest(folder))
})

/** There is no run in the folder that should be resumed. */
export class RunMissing extends Data.TaggedError("RunMissing")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {}

/** The folder beside this one that holds a run and is called most like it. */
const nearestRun = Effect.fnUntraced(function* (folder: string) {
  const { path } = yield* storage
  const above = path.dirname(folder)
  const beside = yield* Effect.filter(yield* namesIn(above), (name) => holdsRun(path.join(above, name)))
  const nearest = nearestName(path.basename(folder), beside)
  return nearest === undefined ? undefined : path.join(above, nearest)
})

const missing = Effect.fnUntraced(function* (folder: string) {
  const nearest = yield* nearestRun(folder)
  return yield* new RunMissing({
    folder,
    rule: "holds no run to resume",
    remedy: nearest === undefined ? "without --resume a new run starts there" : `did you mean --out ${nearest}?`,
  })
})

/**
 * Fails for a folder with checkpoints unless `resume`, and for one without a run if `resume`: a mistyped folder would begin a new
 * run without a word. Errors: `RunExists`, `RunMissing`.
 */
export const requireFresh = Effect.fnUntraced(function* (
  folder: string,
  resume: boolean,
): Effect.fn.Return<void, RunExists | RunMissing> {
  if (resume) return (yield* holdsRun(folder)) ? undefined : yield* missing(folder)
  if (yield* holdsCheckpoints(folder))
    return yield* new RunExists({
      folder,
      rule: "already holds a run",
      remedy: "--resume continues it; another --out starts a new run",
    })
})
