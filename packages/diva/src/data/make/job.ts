import * as fs from "node:fs/promises"
import * as path from "node:path"
import { type FileError, writeFailure } from "@diva/models"
import { Data, Effect } from "effect"
import { writeJson } from "../../files/writeJson.ts"

/** A folder's shards were begun from something else or with other settings: those to come would not fit them. */
export class JobDiffers extends Data.TaggedError("JobDiffers")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** What all shards of a folder have in common, by name. */
export type Job = Readonly<Record<string, unknown>>

const jobName = "job.json"

const parsed = (text: string): Job => {
  try {
    return JSON.parse(text) as Job
  } catch {
    return {}
  }
}

/**
 * Makes the folder of a job and notes what it is made of (`job.json`); a folder that was begun the same way is gone on with.
 * Errors: `JobDiffers`, `FileUnwritable`, `StorageFull`.
 */
export const beginJob = Effect.fnUntraced(function* (
  folder: string,
  job: Job,
): Effect.fn.Return<void, JobDiffers | FileError> {
  const file = path.join(folder, jobName)
  yield* Effect.tryPromise({
    try: () => fs.mkdir(folder, { recursive: true }),
    catch: (cause) => writeFailure(folder, cause),
  })
  const text = yield* Effect.promise(() => fs.readFile(file, "utf8").catch(() => undefined))
  const before = text === undefined ? job : parsed(text)
  const differing = Object.keys(job).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(job[name]))
  if (differing.length > 0)
    return yield* new JobDiffers({
      folder,
      rule: `${folder} was begun with other ${differing.join(", ")}`,
      remedy: `go on with what its ${jobName} says, or choose another --out`,
    })
  yield* writeJson(file, job)
})
