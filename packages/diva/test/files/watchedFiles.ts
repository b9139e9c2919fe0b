import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, FileSystem, Layer, PlatformError } from "effect"

/** Calls of a file system that change or read it, by name. */
const watchedCalls = new Set<PropertyKey>([
  "link",
  "makeDirectory",
  "open",
  "readDirectory",
  "readFile",
  "readFileString",
  "remove",
  "rename",
  "sync",
  "writeAll",
  "writeFile",
  "writeFileString",
])

/** Is asked before every call; failing instead is what the call then does. */
export type BeforeCall = (call: string, path: string) => Effect.Effect<void, PlatformError.PlatformError>

type Call = (...args: unknown[]) => Effect.Effect<unknown, PlatformError.PlatformError, never>

const watchedFile = (file: FileSystem.File, path: string, before: BeforeCall): FileSystem.File =>
  new Proxy(file, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown
      if (!watchedCalls.has(name)) return value
      const asked = Effect.suspend(() => before(String(name), path))
      if (typeof value !== "function") return Effect.andThen(asked, value as Effect.Effect<void>)
      return (...args: unknown[]) => Effect.andThen(asked, (value as Call).apply(target, args))
    },
  })

/** The disk, each of whose calls `before` is asked about first. */
export const layerWatchedFiles = (before: BeforeCall): Layer.Layer<FileSystem.FileSystem> =>
  Layer.effect(
    FileSystem.FileSystem,
    Effect.map(
      FileSystem.FileSystem,
      (disk) =>
        new Proxy(disk, {
          get: (target, name) => {
            const value = Reflect.get(target, name) as unknown
            if (!watchedCalls.has(name) || typeof value !== "function") return value
            return (...args: unknown[]) => {
              const path = String(args[0])
              const done = Effect.andThen(
                Effect.suspend(() => before(String(name), path)),
                (value as Call).apply(target, args),
              )
              return name === "open"
                ? Effect.map(done, (file) => watchedFile(file as FileSystem.File, path, before))
                : done
            }
          },
        }),
    ),
  ).pipe(Layer.provide(NodeFileSystem.layer))

/** What a full disk says. */
export const diskFull = (call: string, path: string): PlatformError.PlatformError =>
  PlatformError.systemError({
    _tag: "Unknown",
    module: "FileSystem",
    method: call,
    pathOrDescriptor: path,
    cause: Object.assign(new Error(`ENOSPC: no space left on device, ${call}`), { code: "ENOSPC" }),
  })
