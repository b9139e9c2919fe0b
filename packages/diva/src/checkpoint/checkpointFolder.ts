import * as fs from "node:fs/promises"
import * as path from "node:path"
import { Effect, Option } from "effect"
import { readFailure, writeFailure, type FileError } from "@diva/models"
import type { Checkpoints } from "./checkpoints.ts"
import { CheckpointCorrupt, type Latest, checkpointId, updateOf, type RunState } from "./runState.ts"
import { readState, writeState } from "./checkpointFiles.ts"

export interface FolderOptions {
  /** States that stay when a newer one has been written; at least 1. Two allow for one being damaged later. */
  readonly keep?: number
}

const reading = <A>(file: string, read: () => Promise<A>): Effect.Effect<A, FileError> =>
  Effect.tryPromise({ try: read, catch: (cause) => readFailure(file, cause) })

const writing = <A>(file: string, write: () => Promise<A>): Effect.Effect<A, FileError> =>
  Effect.tryPromise({ try: write, catch: (cause) => writeFailure(file, cause) })

/** Names in a folder; none where it is not there yet. */
const namesIn = (folder: string): Effect.Effect<readonly string[], FileError> =>
  reading(folder, () =>
    fs.readdir(folder).catch((cause: NodeJS.ErrnoException) => (cause.code === "ENOENT" ? [] : Promise.reject(cause))),
  )

/** Names of the states in `folder`, newest first. */
export const statesIn = (folder: string): Effect.Effect<readonly string[], FileError> =>
  Effect.map(namesIn(folder), (names) =>
    names.filter((name) => updateOf(name) !== undefined).toSorted((a, b) => updateOf(b)! - updateOf(a)!),
  )

const partial = (id: string): string => `.${id}.partial`

const remove = (folder: string): Promise<void> => fs.rm(folder, { recursive: true, force: true })

/** Makes renames inside `folder` durable. Windows cannot open a folder, and needs no such step. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await fs.open(folder, "r").catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

const publish = async (temporary: string, target: string): Promise<void> => {
  await syncFolder(temporary)
  await remove(target)
  await fs.rename(temporary, target)
  await syncFolder(path.dirname(target))
}

/** Half-written states of processes that were killed. */
const leftovers = (folder: string): Effect.Effect<readonly string[], FileError> =>
  Effect.map(namesIn(folder), (names) => names.filter((name) => /^\.update-\d+\.partial$/.test(name)))

const prune = Effect.fnUntraced(function* (folder: string, keep: number) {
  const old = [...(yield* statesIn(folder)).slice(Math.max(1, keep)), ...(yield* leftovers(folder))]
  yield* Effect.forEach(old, (id) => writing(folder, () => remove(path.join(folder, id))), { discard: true })
})

/** The files are written and flushed in a hidden folder first; the rename is the moment the checkpoint exists. */
const save = (folder: string, keep: number) =>
  Effect.fn("Checkpoints.save")(function* (state: RunState) {
    const id = checkpointId(state.update)
    const temporary = path.join(folder, partial(id))
    const written = Effect.gen(function* () {
      yield* writing(temporary, () => remove(temporary))
      yield* writing(temporary, () => fs.mkdir(temporary, { recursive: true }))
      yield* writeState(temporary, state)
      yield* writing(folder, () => publish(temporary, path.join(folder, id)))
    })
    yield* written.pipe(Effect.onError(() => Effect.ignore(writing(temporary, () => remove(temporary)))))
    yield* prune(folder, keep)
    return id
  })

const noneReadable = (folder: string, rejected: readonly CheckpointCorrupt[]): CheckpointCorrupt =>
  new CheckpointCorrupt({
    id: rejected[0]!.id,
    rule: `none of the ${rejected.length} checkpoints in ${folder} can be read; the newest: ${rejected[0]!.rule}`,
    remedy: "restore the folder from a copy, or move it away to start the run from its beginning",
  })

const latest = Effect.fnUntraced(function* (folder: string) {
  const rejected: CheckpointCorrupt[] = []
  for (const id of yield* statesIn(folder)) {
    const outcome = yield* Effect.result(readState(path.join(folder, id), id))
    if (outcome._tag === "Success") return Option.some<Latest>({ id, state: outcome.success, rejected })
    if (outcome.failure._tag !== "CheckpointCorrupt") return yield* Effect.fail(outcome.failure)
    rejected.push(outcome.failure)
  }
  return rejected.length === 0 ? Option.none<Latest>() : yield* noneReadable(folder, rejected)
})

/** Keeps states in a folder, which the first of them makes. */
export const openFolder = (folder: string, { keep = 2 }: FolderOptions): Checkpoints["Service"] => ({
  save: save(folder, keep),
  latest: latest(folder),
})
