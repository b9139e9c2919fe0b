import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import * as fs from "node:fs/promises"
import { homedir } from "node:os"
import * as path from "node:path"
import { createGunzip } from "node:zlib"
import { type Append, type FileError, readFailure, writeAtomically } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { fromTaskEither } from "../fromEither.ts"
import { TarCorrupt } from "./tar/tarError.ts"

/** Where compressed shards are unpacked: samples are read in random order, which no gzip file allows. */
export const unpackFolder = (): string =>
  path.join(process.env["XDG_CACHE_HOME"] || path.join(homedir(), ".cache"), "diva", "unpacked")

/** An unpacked shard, and what was not as it should be. */
export interface Unpacked {
  readonly file: string
  /** Size of the compressed file. */
  readonly bytes: number
  readonly damage: readonly string[]
}

/** Whether a file begins as gzip files do, whatever it is called. Errors: `FileUnreadable`. */
export const isGzip = (file: string): Effect.Effect<boolean, FileError> =>
  Effect.tryPromise({
    try: async () => {
      const handle = await fs.open(file, "r")
      try {
        const { buffer, bytesRead } = await handle.read(new Uint8Array(2), 0, 2, 0)
        return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
      } finally {
        await handle.close()
      }
    },
    catch: (cause) => readFailure(file, cause),
  })

/** A file that changes in name, size or time is unpacked anew. */
const identify = async (file: string): Promise<{ readonly name: string; readonly bytes: number }> => {
  const [real, { size, mtimeMs }] = await Promise.all([fs.realpath(file), fs.stat(file)])
  const hash = createHash("sha256").update(`${real}\n${size}\n${mtimeMs}`).digest("hex")
  return { name: `${hash.slice(0, 32)}.tar`, bytes: size }
}

const damaged = (file: string, rule: string): TarCorrupt =>
  new TarCorrupt({
    file,
    offset: 0,
    rule,
    remedy: "fetch or write this file again; --truncated keepWhole uses what can be unpacked",
  })

const inflate = async (file: string, append: Append): Promise<string | undefined> => {
  const input = createReadStream(file)
  const output = createGunzip()
  input.on("error", (cause) => output.destroy(cause))
  input.pipe(output)
  try {
    for await (const piece of output) await append(piece as Uint8Array)
    return undefined
  } catch (cause) {
    // What a damaged file gives before its damage is good: the checks of the tar format go on from there.
    const code = (cause as NodeJS.ErrnoException).code ?? ""
    if (!code.startsWith("Z_")) throw cause
    return `it cannot be unpacked to its end: ${(cause as Error).message}`
  } finally {
    input.destroy()
  }
}

const isThere = (file: string): Promise<boolean> =>
  fs.stat(file).then(
    () => true,
    () => false,
  )

/**
 * Unpacks a gzipped tar file into the cache, once, with bounded memory. What can be unpacked of a damaged one is used where
 * `keepDamaged` says so, and not kept for the next time. Errors: `TarCorrupt`, `FileUnreadable`, `FileUnwritable`, `StorageFull`.
 */
export const unpackTar = Effect.fn("unpackTar")(function* (
  file: string,
  keepDamaged: boolean,
  folder: string = unpackFolder(),
): Effect.fn.Return<Unpacked, FileError | TarCorrupt> {
  const reading = <A>(read: () => Promise<A>) =>
    Effect.tryPromise({ try: read, catch: (cause) => readFailure(file, cause) })
  const { name, bytes } = yield* reading(() => identify(file))
  const target = path.join(folder, name)
  if (yield* Effect.promise(() => isThere(target))) return { file: target, bytes, damage: [] }
  yield* reading(() => fs.mkdir(folder, { recursive: true }))
  const partial = path.join(folder, `damaged-${name}`)
  let rule: string | undefined
  yield* fromTaskEither(
    writeAtomically<FileError | TarCorrupt>(partial, async (append) => {
      rule = await inflate(file, append)
      return rule === undefined || keepDamaged ? E.right(undefined) : E.left(damaged(file, rule))
    }),
  )
  if (rule !== undefined) return { file: partial, bytes, damage: [rule] }
  yield* reading(() => fs.rename(partial, target))
  return { file: target, bytes, damage: [] }
})
