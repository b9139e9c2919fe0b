import type { FileError } from "@diva/models"
import { Effect, Schema } from "effect"
import { readJsonLines } from "../files/readJsonLines.ts"
import { storage, writing } from "../files/storage.ts"
import type { EventSink, TrainEvent } from "../train/observe/events.ts"

/** One line of `skipped.jsonl`. */
export interface SkippedLine {
  readonly file: string
  readonly key: string
  readonly reason: string
}

type Skipped = Extract<TrainEvent, { readonly _tag: "skippedSample" }>

const lineOf = ({ shard, key, reason }: Skipped): SkippedLine => ({ file: shard, key, reason })

const identity = ({ file, key }: SkippedLine): string => `${file}\n${key}`

const SkippedFields = Schema.Struct({ file: Schema.String, key: Schema.String, reason: Schema.String })

/** The samples that a run skipped; none where it skipped none. Errors: `FileUnreadable`, whose rule names line and field. */
export const readSkipped = (file: string): Effect.Effect<readonly SkippedLine[], FileError> =>
  Effect.map(
    readJsonLines(file, () => SkippedFields),
    (lines) => lines.map(({ value }) => value),
  )

/**
 * Writes file, key and reason of every sample that a run skips, each once, whichever of its processes met it first.
 * Errors: `StorageFull`, `FileUnwritable`, `FileUnreadable`.
 */
export const skippedFile = (file: string): EventSink => {
  const known = new Set<string>()
  const write = (lines: readonly SkippedLine[], flag: "w" | "a") =>
    Effect.flatMap(storage, ({ files }) =>
      writing(file)(files.writeFileString(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""), { flag })),
    )
  const begin = Effect.flatMap(readSkipped(file), (lines) => {
    for (const line of lines) known.add(identity(line))
    return write(lines, "w")
  })
  return (event) => {
    if (event._tag === "started") return begin
    if (event._tag !== "skippedSample" || known.has(identity(lineOf(event)))) return Effect.void
    known.add(identity(lineOf(event)))
    return write([lineOf(event)], "a")
  }
}
