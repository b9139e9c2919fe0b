import * as fs from "node:fs/promises"
import { readFailure, writeFailure, type FileError } from "@diva/models"
import { Effect } from "effect"
import type { EventSink, TrainEvent } from "../train/events.ts"

/** One line of `skipped.jsonl`. */
export interface SkippedLine {
  readonly file: string
  readonly key: string
  readonly reason: string
}

type Skipped = Extract<TrainEvent, { readonly _tag: "skippedSample" }>

const lineOf = ({ shard, key, reason }: Skipped): SkippedLine => ({ file: shard, key, reason })

const identity = ({ file, key }: SkippedLine): string => `${file}\n${key}`

/** Lines as they are, and of a last one that a killed process half wrote nothing. */
const parsed = (text: string): readonly SkippedLine[] =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as SkippedLine)

/** The samples that a run skipped; none where it skipped none. Errors: `FileUnreadable`. */
export const readSkipped = (file: string): Effect.Effect<readonly SkippedLine[], FileError> =>
  Effect.tryPromise({
    try: async () => {
      const text = await fs.readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT") return ""
        throw cause
      })
      return parsed(text)
    },
    catch: (cause) => readFailure(file, cause),
  })

/**
 * Writes file, key and reason of every sample that a run skips, each once, whichever of its processes met it first.
 * Errors: `StorageFull`, `FileUnwritable`, `FileUnreadable`.
 */
export const skippedFile = (file: string): EventSink => {
  const known = new Set<string>()
  const writing = (write: () => Promise<void>) =>
    Effect.tryPromise({ try: write, catch: (cause) => writeFailure(file, cause) })
  const begin = Effect.flatMap(readSkipped(file), (lines) => {
    for (const line of lines) known.add(identity(line))
    return writing(() => fs.writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join("")))
  })
  return (event) => {
    if (event._tag === "started") return begin
    if (event._tag !== "skippedSample" || known.has(identity(lineOf(event)))) return Effect.void
    known.add(identity(lineOf(event)))
    return writing(() => fs.appendFile(file, `${JSON.stringify(lineOf(event))}\n`))
  }
}
