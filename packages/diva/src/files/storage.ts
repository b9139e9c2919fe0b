import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { readFailure, writeFailure, type FileError } from "@diva/models"
import { Context, Effect, FileSystem, Option, Path, type Layer, type PlatformError } from "effect"

/** A service that the program is given, or this machine's own: a run writes to the disk without a layer that says so. */
const orOwn = <I, S>(service: Context.Key<I, S>, own: Layer.Layer<I>): Effect.Effect<S> =>
  Effect.flatMap(
    Effect.serviceOption(service),
    Option.match({
      onNone: () => Effect.provide(Effect.service(service), own),
      onSome: (given) => Effect.succeed(given),
    }),
  )

/** Where files are kept: Effect's `FileSystem` and `Path`, those of the program if it has any. */
export const storage = Effect.all({
  files: orOwn(FileSystem.FileSystem, NodeFileSystem.layer),
  path: orOwn(Path.Path, NodePath.layer),
})

/**
 * Makes whatever runs later keep to the files of here and now: what a service opened from one file system is read from there, whoever
 * asks the service.
 */
export const keepingStorage = Effect.map(storage, ({ files, path }) => {
  const here = Context.add(Context.make(FileSystem.FileSystem, files), Path.Path, path)
  return <A, E, R>(later: Effect.Effect<A, E, R>) => Effect.provideContext(later, here)
})

/** Whether there is nothing at the path. */
export const isMissing = ({ reason }: PlatformError.PlatformError): boolean => reason._tag === "NotFound"

/** What the operating system said of an error of the platform: it decides the remedy. */
export const causeOf = (error: unknown): unknown => (error instanceof Error ? (error.cause ?? error) : error)

/** Errors of reading `file`: `FileUnreadable`. */
export const reading =
  (file: string) =>
  <A, R>(read: Effect.Effect<A, PlatformError.PlatformError, R>): Effect.Effect<A, FileError, R> =>
    Effect.mapError(read, (error) => readFailure(file, causeOf(error)))

/** Errors of writing `file`: `StorageFull`, `FileUnwritable`. */
export const writing =
  (file: string) =>
  <A, R>(write: Effect.Effect<A, PlatformError.PlatformError, R>): Effect.Effect<A, FileError, R> =>
    Effect.mapError(write, (error) => writeFailure(file, causeOf(error)))

/** Makes renames inside `folder` durable. Windows cannot open a folder, and needs no such step. */
export const syncFolder = Effect.fnUntraced(function* (folder: string) {
  const { files } = yield* storage
  yield* Effect.ignore(Effect.flatMap(files.open(folder, { flag: "r" }), (opened) => opened.sync))
}, Effect.scoped)
