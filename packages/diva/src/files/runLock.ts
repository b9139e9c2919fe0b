import * as fs from "node:fs/promises"
import { hostname } from "node:os"
import * as path from "node:path"
import { type FileError, writeFailure } from "@diva/models"
import { Data, Effect, type Scope } from "effect"

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

const lockFile = (folder: string): string => path.join(folder, "run.lock")

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

const parsed = (text: string): LockHolder | undefined => {
  try {
    const { pid, host, since } = JSON.parse(text) as Partial<LockHolder>
    return typeof pid === "number" && typeof host === "string" ? { pid, host, since: since ?? "" } : undefined
  } catch {
    // Half written by a process that was killed while it wrote.
    return undefined
  }
}

/** Who holds a folder and lives; undefined where nobody does. */
export const lockHolder = async (folder: string): Promise<LockHolder | undefined> => {
  const text = await fs.readFile(lockFile(folder), "utf8").catch(() => "")
  const holder = parsed(text)
  return holder !== undefined && isAlive(holder) ? holder : undefined
}

const take = async (folder: string): Promise<boolean> => {
  const own: LockHolder = { pid: process.pid, host: hostname(), since: new Date().toISOString() }
  // Written beside and linked into place: the lock is there whole or not at all, and only one process can put it there.
  const mine = `${lockFile(folder)}.${process.pid}`
  await fs.writeFile(mine, JSON.stringify(own))
  try {
    await fs.link(mine, lockFile(folder))
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause
    return false
  } finally {
    await fs.rm(mine, { force: true })
  }
}

const locked = (folder: string, { pid, host, since }: LockHolder): RunLocked =>
  new RunLocked({
    folder,
    rule: `process ${pid} on ${host} has been at work in ${folder} since ${since}`,
    remedy:
      "wait for it or stop it with Ctrl-C, or choose another --out; if no such process is there, remove the file run.lock",
  })

const acquire = Effect.fnUntraced(function* (folder: string) {
  const attempt = <A>(work: () => Promise<A>) =>
    Effect.tryPromise({ try: work, catch: (cause) => writeFailure(lockFile(folder), cause) })
  yield* attempt(() => fs.mkdir(folder, { recursive: true }))
  if (yield* attempt(() => take(folder))) return
  const holder = yield* attempt(() => lockHolder(folder))
  if (holder !== undefined) return yield* locked(folder, holder)
  // Whoever held it is gone.
  yield* attempt(() => fs.rm(lockFile(folder), { force: true }))
  if (!(yield* attempt(() => take(folder))))
    return yield* locked(folder, { pid: 0, host: "another machine", since: "now" })
})

/**
 * Holds a run's folder for the life of the scope, so that no two processes write into one run. The lock of a process that was killed
 * is taken over. Errors: `RunLocked`, `FileUnwritable`, `StorageFull`.
 */
export const holdRun = (folder: string): Effect.Effect<void, RunLocked | FileError, Scope.Scope> =>
  Effect.acquireRelease(acquire(folder), () => Effect.promise(() => fs.rm(lockFile(folder), { force: true })))
