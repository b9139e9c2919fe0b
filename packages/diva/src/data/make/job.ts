import * as path from "node:path"
import type { FileError } from "@diva/models"
import { Data, Effect, Option, Schema } from "effect"
import { readTextIfThere } from "../../files/readText.ts"
import { writeJson } from "../../files/writeJson.ts"

/** A folder's shards were started from something else or with other settings: further ones would not fit them. */
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

const decodeJob = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.JsonObject))

/** What a folder's note says; a damaged one says nothing, and so differs in everything. */
const noted = (text: string): Job => Option.getOrElse(decodeJob(text), () => ({}))

/**
 * Makes the folder of a job and notes what it is made of (`job.json`); a folder that was started the same way is continued.
 * Errors: `JobDiffers`, `FileUnwritable`, `StorageFull`.
 */
export const beginJob = Effect.fnUntraced(function* (
  folder: string,
  job: Job,
): Effect.fn.Return<void, JobDiffers | FileError> {
  const file = path.join(folder, jobName)
  const text = yield* readTextIfThere(file)
  const before = text === undefined ? job : noted(text)
  const differing = Object.keys(job).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(job[name]))
  if (differing.length > 0)
    return yield* new JobDiffers({
      folder,
      rule: `${folder} was started with other settings: ${differing.join(", ")}`,
      remedy: `continue with the settings in its ${jobName}, or choose another --out`,
    })
  yield* writeJson(file, job)
})
