import * as path from "node:path"
import { Effect, Option } from "effect"
import type { FileError } from "@diva/models"
import { isMissing, reading, storage, syncFolder, writing } from "../files/storage.ts"
import { CheckpointCorrupt, type Latest, checkpointId, updateOf, type RunState } from "./runState.ts"
import { bestOf } from "./bestState.ts"
import { describedState, readState, writeState } from "./checkpointFiles.ts"

export interface FolderOptions {
  /** States that stay when a newer one has been written; at least 1. Two allow for one being damaged later. */
  readonly keep?: number
  /** What the best state is the best by, "loss" or what scores are on: it stays besides the newest. */
  readonly keepBest?: string
}

/** Names in a folder; none where it is not there yet. */
const namesIn = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<readonly string[], FileError> {
  const { files } = yield* storage
  const names = Effect.catchIf(files.readDirectory(folder), isMissing, () => Effect.succeed<string[]>([]))
  return yield* reading(folder)(names)
})

/** Names of the states in `folder`, newest first. */
export const statesIn = (folder: string): Effect.Effect<readonly string[], FileError> =>
  Effect.map(namesIn(folder), (names) =>
    names.filter((name) => updateOf(name) !== undefined).toSorted((a, b) => updateOf(b)! - updateOf(a)!),
  )

const partial = (id: string): string => `.${id}.partial`

/** What a state that is saved again replaces, until the new one is there. */
const replaced = (id: string): string => `.${id}.replaced`

const remove = (folder: string): Effect.Effect<void, FileError> =>
  Effect.flatMap(storage, ({ files }) => writing(folder)(files.remove(folder, { recursive: true, force: true })))

const makeFolder = (folder: string): Effect.Effect<void, FileError> =>
  Effect.flatMap(storage, ({ files }) => writing(folder)(files.makeDirectory(folder, { recursive: true })))

/** A state of this name that is there already steps aside whole: whenever the process is killed, one of both can be found. */
const publish = Effect.fnUntraced(function* (folder: string, id: string) {
  const { files } = yield* storage
  const [temporary, target, aside] = [partial(id), id, replaced(id)].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ]
  yield* syncFolder(temporary)
  if ((yield* namesIn(folder)).includes(id)) {
    yield* remove(aside)
    yield* writing(target)(files.rename(target, aside))
  }
  yield* writing(target)(files.rename(temporary, target))
  yield* syncFolder(folder)
  yield* remove(aside)
})

/** Brings back what was replaced by a state that never came. */
const restore = Effect.fnUntraced(function* (folder: string) {
  const { files } = yield* storage
  const names = yield* namesIn(folder)
  const lost = names
    .flatMap((name) => /^\.(update-\d+)\.replaced$/.exec(name)?.[1] ?? [])
    .filter((id) => !names.includes(id))
  for (const id of lost) {
    const target = path.join(folder, id)
    yield* writing(target)(files.rename(path.join(folder, replaced(id)), target))
  }
})

/** Half-written states of processes that were killed, and those that newer ones have replaced. */
const leftovers = (folder: string): Effect.Effect<readonly string[], FileError> =>
  Effect.map(namesIn(folder), (names) => names.filter((name) => /^\.update-\d+\.(partial|replaced)$/.test(name)))

/** The best of the states that can be read; those that cannot are none that one would keep. */
const bestIn = Effect.fnUntraced(function* (folder: string, keepBest: string | undefined) {
  if (keepBest === undefined) return undefined
  const described = yield* Effect.forEach(yield* statesIn(folder), (id) =>
    Effect.option(Effect.map(describedState(path.join(folder, id)), (state) => ({ id, ...state }))),
  )
  return bestOf(
    described.flatMap((state) => (Option.isSome(state) ? [state.value] : [])),
    keepBest,
  )?.id
})

const prune = Effect.fnUntraced(function* (folder: string, { keep = 2, keepBest }: FolderOptions) {
  const best = yield* bestIn(folder, keepBest)
  const older = (yield* statesIn(folder)).slice(Math.max(1, keep)).filter((id) => id !== best)
  const old = [...older, ...(yield* leftovers(folder))]
  yield* Effect.forEach(old, (id) => remove(path.join(folder, id)), { discard: true })
})

/** The files are written and flushed in a hidden folder first; the rename is the moment the checkpoint exists. */
const save = (folder: string, options: FolderOptions) =>
  Effect.fn("Checkpoints.save")(function* (state: RunState) {
    const id = checkpointId(state.update)
    const temporary = path.join(folder, partial(id))
    const written = Effect.gen(function* () {
      yield* remove(temporary)
      yield* makeFolder(temporary)
      yield* writeState(temporary, state)
      yield* publish(folder, id)
    })
    yield* written.pipe(Effect.onError(() => Effect.ignore(remove(temporary))))
    yield* prune(folder, options)
    return id
  })

const noneReadable = (folder: string, rejected: readonly CheckpointCorrupt[]): CheckpointCorrupt =>
  new CheckpointCorrupt({
    id: rejected[0]!.id,
    rule: `${rejected.length === 1 ? `the checkpoint in ${folder} cannot be read` : `none of the ${rejected.length} checkpoints in ${folder} can be read; the newest`}: ${rejected[0]!.rule}`,
    remedy: "restore the folder from a copy, or move it away to start the run from the beginning",
  })

const latest = Effect.fnUntraced(function* (folder: string) {
  const rejected: CheckpointCorrupt[] = []
  yield* restore(folder)
  for (const id of yield* statesIn(folder)) {
    const outcome = yield* Effect.result(readState(path.join(folder, id), id))
    if (outcome._tag === "Success") return Option.some<Latest>({ id, state: outcome.success, rejected })
    if (outcome.failure._tag !== "CheckpointCorrupt") return yield* Effect.fail(outcome.failure)
    rejected.push(outcome.failure)
  }
  return rejected.length === 0 ? Option.none<Latest>() : yield* noneReadable(folder, rejected)
})

/** Keeps states in a folder, which the first of them makes. */
export const openFolder = (folder: string, options: FolderOptions) => ({
  save: save(folder, options),
  latest: latest(folder),
  best: Effect.map(bestIn(folder, options.keepBest), Option.fromNullishOr),
})
