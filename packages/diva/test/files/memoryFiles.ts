import { Effect, FileSystem, Option, PlatformError, Stream, type Layer } from "effect"

/** What a file system was asked to do, in order: `write a`, `sync a`, `rename a b`, `remove a`. */
export interface MemoryFiles {
  readonly files: Map<string, Uint8Array>
  readonly log: string[]
  /** Paths whose writing fails as on a full disk. */
  readonly full: Set<string>
}

export const memoryFiles = (): MemoryFiles => ({ files: new Map(), log: [], full: new Set() })

const failed = (tag: PlatformError.SystemErrorTag, method: string, path: string, code: string) =>
  PlatformError.systemError({
    _tag: tag,
    module: "FileSystem",
    method,
    pathOrDescriptor: path,
    cause: Object.assign(new Error(`${code}: ${method} ${path}`), { code }),
  })

const missing = (method: string, path: string) => failed("NotFound", method, path, "ENOENT")

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const all = new Uint8Array(a.byteLength + b.byteLength)
  all.set(a)
  all.set(b, a.byteLength)
  return all
}

/** A file system of files in memory; folders are what paths have in common, and empty ones what was made. */
export const layerMemoryFiles = ({ files, log, full }: MemoryFiles): Layer.Layer<FileSystem.FileSystem> => {
  const folders = new Set<string>(["/"])
  const below = (path: string) => [...files.keys(), ...folders].filter((name) => name.startsWith(`${path}/`))
  const isThere = (path: string) => files.has(path) || folders.has(path) || below(path).length > 0
  const append = (path: string, bytes: Uint8Array) =>
    Effect.suspend(() => {
      if ([...full].some((part) => path.includes(part))) return Effect.fail(failed("Unknown", "write", path, "ENOSPC"))
      log.push(`write ${path}`)
      return Effect.sync(() => void files.set(path, joined(files.get(path) ?? new Uint8Array(0), bytes)))
    })
  const infoOf = (path: string): FileSystem.File.Info => {
    const bytes = files.get(path)
    const type = bytes === undefined ? "Directory" : "File"
    return { type, size: BigInt(bytes?.byteLength ?? 0), mtime: Option.none() } as unknown as FileSystem.File.Info
  }
  const opened = (path: string) =>
    ({
      stat: Effect.sync(() => infoOf(path)),
      read: (bytes: Uint8Array, { position = 0n }: { readonly position?: bigint } = {}) =>
        Effect.sync(() => {
          const rest = files.get(path)!.subarray(Number(position)).subarray(0, bytes.byteLength)
          bytes.set(rest)
          return rest.byteLength
        }),
      sync: Effect.sync(() => void log.push(`sync ${path}`)),
      writeAll: (bytes: Uint8Array) => append(path, bytes),
    }) as unknown as FileSystem.File
  const move = (from: string, to: string) => {
    for (const name of [from, ...below(from)]) {
      const bytes = files.get(name)
      if (bytes !== undefined) files.set(to + name.slice(from.length), bytes)
      files.delete(name)
      if (folders.delete(name)) folders.add(to + name.slice(from.length))
    }
  }
  return FileSystem.layerNoop({
    open: (path, { flag = "r" } = {}) => {
      if (flag === "r" && !isThere(path)) return Effect.fail(missing("open", path))
      if (flag === "w") files.set(path, new Uint8Array(0))
      return Effect.succeed(opened(path))
    },
    exists: (path) => Effect.sync(() => isThere(path)),
    stat: (path) => (isThere(path) ? Effect.sync(() => infoOf(path)) : Effect.fail(missing("stat", path))),
    realPath: (path) => (isThere(path) ? Effect.succeed(path) : Effect.fail(missing("realPath", path))),
    makeDirectory: (path) => Effect.sync(() => void folders.add(path)),
    readDirectory: (path) =>
      isThere(path)
        ? Effect.sync(() => [...new Set(below(path).map((name) => name.slice(path.length + 1).split("/")[0]!))])
        : Effect.fail(missing("readDirectory", path)),
    readFile: (path) =>
      Option.match(Option.fromNullishOr(files.get(path)), {
        onNone: () => Effect.fail(missing("readFile", path)),
        onSome: Effect.succeed,
      }),
    stream: (path) => {
      const bytes = files.get(path)
      return bytes === undefined ? Stream.fail(missing("stream", path)) : Stream.make(bytes)
    },
    remove: (path) =>
      Effect.sync(() => {
        if (isThere(path)) log.push(`remove ${path}`)
        for (const name of [path, ...below(path)]) {
          files.delete(name)
          folders.delete(name)
        }
      }),
    rename: (from, to) =>
      Effect.sync(() => {
        log.push(`rename ${from} ${to}`)
        move(from, to)
      }),
    writeFileString: (path, text, { flag = "w" } = {}) => {
      if (flag === "w") files.delete(path)
      return append(path, new TextEncoder().encode(text))
    },
  })
}
