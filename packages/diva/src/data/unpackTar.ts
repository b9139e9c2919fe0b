import { createHash } from "node:crypto"
import { homedir } from "node:os"
import * as path from "node:path"
import { Readable } from "node:stream"
import { createGunzip } from "node:zlib"
import type { Append, ByteSource, FileError } from "@diva/models"
import { Effect, Option } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { isThere } from "../files/presence.ts"
import { replaceFile } from "../files/replaceFile.ts"
import { reading, storage, writing } from "../files/storage.ts"
import { storedSource } from "../files/storedSource.ts"
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
  Effect.scoped(
    Effect.gen(function* () {
      const source = yield* storedSource(file)
      if (source.size < 2) return false
      const [first, second] = yield* fromTaskEither(source.read(0, 2))
      return first === 0x1f && second === 0x8b
    }),
  )

/** A file that changes in name, size or time is unpacked again. */
const identify = Effect.fnUntraced(function* (file: string) {
  const { files } = yield* storage
  const real = yield* reading(file)(files.realPath(file))
  const { size, mtime } = yield* reading(file)(files.stat(file))
  const written = Option.match(mtime, { onNone: () => 0, onSome: (time) => time.getTime() })
  const hash = createHash("sha256").update(`${real}\n${size}\n${written}`).digest("hex")
  return { name: `${hash.slice(0, 32)}.tar`, bytes: Number(size) }
})

const damaged = (file: string, rule: string): TarCorrupt =>
  new TarCorrupt({
    file,
    offset: 0,
    rule,
    remedy: "fetch or write this file again; --truncated keepWhole uses what can be unpacked",
  })

const pieceBytes = 2 ** 18

async function* piecesOf(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += pieceBytes) {
    const piece = await source.read(at, Math.min(pieceBytes, source.size - at))()
    if (E.isLeft(piece)) throw new ReadFailed(piece.left)
    yield piece.right
  }
}

/** Carries a file's error through Node's streams, which take nothing else than errors. */
class ReadFailed extends Error {
  readonly failure: FileError
  constructor(failure: FileError) {
    super(failure.rule)
    this.failure = failure
  }
}

const inflate = async (source: ByteSource, append: Append): Promise<string | undefined> => {
  const input = Readable.from(piecesOf(source))
  const output = createGunzip()
  input.on("error", (cause) => output.destroy(cause))
  input.pipe(output)
  try {
    for await (const piece of output) await append(piece as Uint8Array)
    return undefined
  } catch (cause) {
    // What a damaged file gives before its damage is good: the checks of the tar format continue from there.
    const code = (cause as NodeJS.ErrnoException).code ?? ""
    if (!code.startsWith("Z_")) throw cause
    return `it cannot be unpacked completely: ${(cause as Error).message}`
  } finally {
    input.destroy()
  }
}

/** Writes what can be unpacked, and gives what kept it from being all; fails for that unless `keepDamaged`. */
const unpackInto = Effect.fnUntraced(function* (file: string, target: string, keepDamaged: boolean) {
  const source = yield* storedSource(file)
  let rule: string | undefined
  yield* replaceFile<FileError | TarCorrupt>(target, async (append) => {
    try {
      rule = await inflate(source, append)
    } catch (cause) {
      if (cause instanceof ReadFailed) return E.left(cause.failure)
      throw cause
    }
    return rule === undefined || keepDamaged ? E.right(undefined) : E.left(damaged(file, rule))
  })
  return rule
}, Effect.scoped)

/**
 * Unpacks a gzipped tar file into the cache, once, with bounded memory. What can be unpacked of a damaged one is used where
 * `keepDamaged` says so, and not kept for the next time. Errors: `TarCorrupt`, `FileUnreadable`, `FileUnwritable`, `StorageFull`.
 */
export const unpackTar = Effect.fn("unpackTar")(function* (
  file: string,
  keepDamaged: boolean,
  folder: string = unpackFolder(),
): Effect.fn.Return<Unpacked, FileError | TarCorrupt> {
  const { files } = yield* storage
  const { name, bytes } = yield* identify(file)
  const target = path.join(folder, name)
  if (yield* isThere(target)) return { file: target, bytes, damage: [] }
  yield* writing(folder)(files.makeDirectory(folder, { recursive: true }))
  const partial = path.join(folder, `damaged-${name}`)
  const rule = yield* unpackInto(file, partial, keepDamaged)
  if (rule !== undefined) return { file: partial, bytes, damage: [rule] }
  yield* writing(target)(files.rename(partial, target))
  return { file: target, bytes, damage: [] }
})
