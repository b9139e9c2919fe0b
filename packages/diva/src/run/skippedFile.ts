import { readFailure, type FileError } from "@diva/models"
import { Effect } from "effect"
import { isMissing, reading, storage, writing } from "../files/storage.ts"
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

/** Lines as they are, and of a last one that a killed process half wrote nothing. */
const parsed = (text: string): readonly SkippedLine[] =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as SkippedLine)

/** The samples that a run skipped; none where it skipped none. Errors: `FileUnreadable`. */
export const readSkipped = Effect.fnUntraced(function* (
  file: string,
): Effect.fn.Return<readonly SkippedLine[], FileError> {
  const { files } = yield* storage
  const none = () => Effect.succeed("")
  const text = yield* reading(file)(Effect.catchIf(files.readFileString(file), isMissing, none))
  return yield* Effect.try({ try: () => parsed(text), catch: (cause) => readFailure(file, cause) })
})

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
