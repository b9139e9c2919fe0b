import { existsSync, readdirSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { nearestName } from "@diva/models"
import { Data, Effect } from "effect"
import { runFiles } from "./runFiles.ts"

/** The output folder already holds a run, and nobody said that it is to go on. */
export class RunExists extends Data.TaggedError("RunExists")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {}

/** A run that was killed before its first checkpoint has a manifest alone. */
const holdsRun = (folder: string): boolean => holdsCheckpoints(folder) || existsSync(runFiles(folder).manifest)

const holdsCheckpoints = (folder: string): boolean => {
  const { checkpoints } = runFiles(folder)
  return existsSync(checkpoints) && readdirSync(checkpoints).some((name) => !name.startsWith("."))
}

/** There is no run in the folder that is to be gone on with. */
export class RunMissing extends Data.TaggedError("RunMissing")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {}

/** The folder beside this one that holds a run and is called most like it. */
const nearestRun = (folder: string): string | undefined => {
  const above = dirname(folder)
  const beside = existsSync(above) ? readdirSync(above).filter((name) => holdsRun(join(above, name))) : []
  const nearest = nearestName(basename(folder), beside)
  return nearest === undefined ? undefined : join(above, nearest)
}

const missing = (folder: string): RunMissing => {
  const nearest = nearestRun(folder)
  return new RunMissing({
    folder,
    rule: "holds no run to go on with",
    remedy: nearest === undefined ? "without --resume a new run begins there" : `did you mean --out ${nearest}?`,
  })
}

/**
 * Fails for a folder with checkpoints unless `resume`, and for one without a run if `resume`: a mistyped folder would begin a new
 * run without a word. Errors: `RunExists`, `RunMissing`.
 */
export const requireFresh = (folder: string, resume: boolean): Effect.Effect<void, RunExists | RunMissing> =>
  Effect.suspend((): Effect.Effect<void, RunExists | RunMissing> => {
    if (resume) return holdsRun(folder) ? Effect.void : Effect.fail(missing(folder))
    return holdsCheckpoints(folder)
      ? Effect.fail(
          new RunExists({
            folder,
            rule: "already holds a run",
            remedy: "--resume goes on with it; another --out starts a new one",
          }),
        )
      : Effect.void
  })
