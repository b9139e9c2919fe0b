import { availableParallelism } from "node:os"
import type { ImageError } from "@diva/models/image"
import { Effect, type Scope } from "effect"
import { fromEither, fromTaskEither } from "../../fromEither.ts"
import { pipe } from "fp-ts/lib/function.js"
import * as E from "fp-ts/lib/Either.js"
import { type DecodeThread, type Outcome, startThread } from "./decodeThread.ts"
import { makePicture } from "./makePicture.ts"
import type { MadePicture, PictureTask } from "./pictureTask.ts"

/** Threads that decode, crop and resize pictures beside the one that feeds the device. */
export interface DecodePool {
  /** Threads at most; 0 when pictures are made in the calling thread. */
  readonly workers: number
  /** Pictures that should be asked for at once, so that no thread waits. */
  readonly concurrency: number
  /**
   * Decodes `bytes` and makes of them what the task says: the same pixels for any number of workers. `name` is the file or
   * key that errors show. Errors: `ImageFormatUnknown`, `ImageUndecodable`.
   */
  readonly make: (bytes: Uint8Array, name: string, task: PictureTask) => Effect.Effect<MadePicture, ImageError>
}

/** One thread is left to whoever feeds the device; beyond eight, disks and decoders are the limit. */
export const defaultWorkers = (): number => Math.max(1, Math.min(8, availableParallelism() - 1))

/** In each thread one picture is read by the decoder while another is resized. */
const perThread = 2

/** Threads that are started when there is work for them, at most `workers`. */
interface Threads {
  readonly leastLoaded: () => DecodeThread
  /** A thread for one picture alone. */
  readonly another: () => DecodeThread
  readonly end: () => Promise<void>
}

const growingThreads = (workers: number): Threads => {
  const threads = new Set<DecodeThread>()
  const start = (): DecodeThread => {
    const thread: DecodeThread = startThread(() => threads.delete(thread))
    threads.add(thread)
    return thread
  }
  const idlest = (): DecodeThread | undefined =>
    [...threads].reduce<DecodeThread | undefined>(
      (best, thread) => (best === undefined || thread.load() < best.load() ? thread : best),
      undefined,
    )
  return {
    another: start,
    leastLoaded: () => {
      const found = idlest()
      return found === undefined || (found.load() >= perThread && threads.size < workers) ? start() : found
    },
    end: async () => {
      await Promise.all([...threads].map((thread) => thread.end()))
    },
  }
}

const inThisThread: DecodePool = {
  workers: 0,
  concurrency: perThread,
  make: (bytes, name, task) => fromTaskEither(makePicture(bytes, name, task)),
}

const undecodable = (name: string, rule: string): ImageError => ({
  _tag: "ImageUndecodable",
  name,
  rule: `the thread that decoded it ended: ${rule}`,
  remedy: "examine this picture by itself; one that needs too much memory is the usual cause",
})

/** A thread takes all its pictures with it when it ends: each is tried once more, in a thread of its own. */
const makeInThread = async (
  threads: Threads,
  bytes: Uint8Array,
  name: string,
  task: PictureTask,
): Promise<E.Either<ImageError, MadePicture>> => {
  const settled = (outcome: Outcome): E.Either<ImageError, MadePicture> =>
    pipe(
      outcome,
      E.mapLeft((error) => (error._tag === "ThreadEnded" ? undecodable(name, error.rule) : error)),
    )
  const first = await threads.leastLoaded().make(bytes, name, task)
  const endedEarly = E.isLeft(first) && first.left._tag === "ThreadEnded"
  return settled(endedEarly ? await threads.another().make(bytes, name, task) : first)
}

const inThreads = (workers: number, threads: Threads): DecodePool => ({
  workers,
  concurrency: perThread * workers,
  make: (bytes, name, task) =>
    Effect.flatMap(
      Effect.promise(() => makeInThread(threads, bytes, name, task)),
      fromEither,
    ),
})

/**
 * A pool of `workers` threads (by default one less than the machine has, at most eight; 0: none, the calling thread does
 * all). A thread is started when there is work for it, and all end with the scope.
 */
export const openDecodePool = (workers: number = defaultWorkers()): Effect.Effect<DecodePool, never, Scope.Scope> =>
  workers === 0
    ? Effect.succeed(inThisThread)
    : Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => growingThreads(workers)),
          (threads) => Effect.promise(threads.end),
        ),
        (threads) => inThreads(workers, threads),
      )
