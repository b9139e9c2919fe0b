import { existsSync, readdirSync } from "node:fs"
import { runFiles } from "@diva/diva"
import { Data, Effect } from "effect"

/** The output folder already holds a run, and nobody said that it is to go on. */
export class RunExists extends Data.TaggedError("RunExists")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {}

const holdsCheckpoints = (folder: string): boolean => {
  const { checkpoints } = runFiles(folder)
  return existsSync(checkpoints) && readdirSync(checkpoints).some((name) => !name.startsWith("."))
}

/** Fails for a folder with checkpoints unless `resume`. Errors: `RunExists`. */
export const requireFresh = (folder: string, resume: boolean): Effect.Effect<void, RunExists> =>
  !resume && holdsCheckpoints(folder)
    ? Effect.fail(
        new RunExists({
          folder,
          rule: "already holds a run",
          remedy: "--resume goes on with it; another --out starts a new one",
        }),
      )
    : Effect.void
