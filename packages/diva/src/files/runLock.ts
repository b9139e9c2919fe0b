import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import type { FileError } from "@diva/models"
import { Data, DateTime, Effect, Option, type PlatformError, Schema, type Scope } from "effect"
import { storage, writing } from "./storage.ts"

/** Another process works in a run's folder. */
export class RunLocked extends Data.TaggedError("RunLocked")<{
  readonly folder: string
  readonly rule: string
  readonly remedy: string
}> {
  override get message(): string {
    return this.rule
  }
}

/** Who works in a folder. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
  readonly since: string
}

const lockFile = (folder: string): Effect.Effect<string> =>
  Effect.map(storage, ({ path }) => path.join(folder, "run.lock"))

/** Whether a process of this machine lives; one of another machine is believed to. */
const isAlive = ({ pid, host }: LockHolder): boolean => {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM"
  }
}

const Holder = Schema.Struct({
  pid: Schema.Int,
  host: Schema.String,
  since: Schema.optionalKey(Schema.String),
})

const decodeHolder = Schema.decodeUnknownOption(Schema.fromJsonString(Holder))

/** Who a lock names; nobody where it is damaged. */
const named = (text: string): LockHolder | undefined =>
  Option.getOrUndefined(Option.map(decodeHolder(text), (holder) => ({ since: "", ...holder })))

/** Who holds a folder and lives; undefined where nobody does. */
export const lockHolder = Effect.fnUntraced(function* (folder: string) {
  const { files } = yield* storage
  const text = yield* Effect.orElseSucceed(files.readFileString(yield* lockFile(folder)), () => "")
  const holder = named(text)
  return holder !== undefined && isAlive(holder) ? holder : undefined
})

const isThere = ({ reason }: PlatformError.PlatformError): boolean => reason._tag === "AlreadyExists"

/** Written beside and linked into place: the lock is there whole or not at all, and only one process can put it there. */
const take = Effect.fnUntraced(function* (file: string) {
  const { files } = yield* storage
  const since = DateTime.formatIso(yield* DateTime.now)
  const own: LockHolder = { pid: process.pid, host: hostname(), since }
  // Several of one process may ask at once: each has a file of its own.
  const mine = `${file}.${process.pid}-${randomUUID()}`
  yield* files.writeFileString(mine, JSON.stringify(own))
  const linked = Effect.as(files.link(mine, file), true)
  return yield* Effect.catchIf(linked, isThere, () => Effect.succeed(false)).pipe(
    Effect.ensuring(Effect.ignore(files.remove(mine, { force: true }))),
  )
})

const locked = (folder: string, { pid, host, since }: LockHolder): RunLocked =>
  new RunLocked({
    folder,
    rule: `process ${pid} on ${host} has been using ${folder} since ${since}`,
    remedy:
      "wait for it or stop it with Ctrl-C, or choose another --out; if no such process exists, remove the file run.lock",
  })

const acquire = Effect.fnUntraced(function* (folder: string) {
  const { files } = yield* storage
  const file = yield* lockFile(folder)
  const attempt = writing(file)
  yield* attempt(files.makeDirectory(folder, { recursive: true }))
  if (yield* attempt(take(file))) return
  const holder = yield* lockHolder(folder)
  if (holder !== undefined) return yield* locked(folder, holder)
  // Whoever held it is gone.
  yield* attempt(files.remove(file, { force: true }))
  if (!(yield* attempt(take(file)))) return yield* locked(folder, { pid: 0, host: "another machine", since: "now" })
})

const release = Effect.fnUntraced(function* (folder: string) {
  const { files } = yield* storage
  yield* Effect.ignore(files.remove(yield* lockFile(folder), { force: true }))
})

/**
 * Holds a run's folder for the life of the scope, so that no two processes write into one run. The lock of a process that was killed
 * is taken over. Errors: `RunLocked`, `FileUnwritable`, `StorageFull`.
 */
export const holdRun = (folder: string): Effect.Effect<void, RunLocked | FileError, Scope.Scope> =>
  Effect.acquireRelease(acquire(folder), () => release(folder))
