import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { encodeJpeg, type RgbImage } from "@diva/models"
import { Effect, Stream } from "effect"
import { afterAll, beforeAll } from "vitest"
import {
  type Batch,
  type DataPosition,
  type Sample,
  Shards,
  type ShardsOptions,
  type TarMember,
  writeTar,
} from "../../src/data/index.ts"

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)
export const picture = (level: number): RgbImage => ({
  width: 24,
  height: 20,
  data: Uint8Array.from({ length: 3 * 24 * 20 }, (_, i) => (level * 8 + i) % 256),
})

export const fixture = { folder: "", jpegs: [] as readonly Uint8Array[] }

/** Gives the tests of a file `fixture`: a folder with two good shards of nine samples. */
export const useShardFixture = (): void => {
  beforeAll(async () => {
    fixture.folder = await mkdtemp(path.join(tmpdir(), "shards-"))
    fixture.jpegs = await Promise.all(Array.from({ length: 14 }, (_, level) => encodeJpeg(picture(level))))
    await write("good/00000.tar", good(0, 5))
    await write("good/00001.tar", good(5, 9))
  })
  afterAll(() => rm(fixture.folder, { recursive: true }))
}

export const keyOf = (i: number): string => String(i).padStart(5, "0")
export const member = (i: number, extension: string, bytes: Uint8Array): TarMember => ({
  name: `${keyOf(i)}.${extension}`,
  bytes,
})
export const good = (from: number, to: number): readonly TarMember[] =>
  Array.from({ length: to - from }, (_, i) => from + i).flatMap((i) => [
    member(i, "jpg", fixture.jpegs[i]!),
    member(i, "txt", text(`caption ${i}`)),
    member(i, "json", text("{}")),
  ])
export const write = async (name: string, members: readonly TarMember[]): Promise<string> => {
  const file = path.join(fixture.folder, name)
  await Effect.runPromise(writeTar(file, members))
  return file
}

// A thread loads its modules anew, which costs more than these pictures; tests of threads ask for some.
export const small: ShardsOptions = { size: 16, seed: 7, workers: 0 }
export const start: DataPosition = { epoch: 0, position: 0 }

export type Use<A, E> = (shards: Shards["Service"]) => Effect.Effect<A, E>
const using = <A, E>(patterns: string | readonly string[], use: Use<A, E>, options: ShardsOptions = {}) =>
  Effect.gen(function* () {
    return yield* use(yield* Shards)
  }).pipe(Effect.provide(Shards.layerTar(patterns, { ...small, ...options })))
export const withTar = <A, E>(
  patterns: string | readonly string[],
  use: Use<A, E>,
  options?: ShardsOptions,
): Promise<A> => Effect.runPromise(using(patterns, use, options))
export const failureWith = <A, E>(patterns: string | readonly string[], use: Use<A, E>, options?: ShardsOptions) =>
  Effect.runPromise(Effect.flip(using(patterns, use, options)))
export const withMemory = <A, E>(samples: readonly Sample[], use: Use<A, E>, options: ShardsOptions = {}): Promise<A> =>
  Effect.runPromise(
    Effect.gen(function* () {
      return yield* use(yield* Shards)
    }).pipe(Effect.provide(Shards.layerMemory(samples, { ...small, ...options }))),
  )

export const takeBatches =
  (from: DataPosition, batchSize: number, count: number): Use<readonly Batch[], unknown> =>
  (shards) =>
    Stream.runCollect(Stream.take(shards.batches({ from, batchSize }), count))
export const epochKeys =
  (epoch: number): Use<readonly string[], unknown> =>
  (shards) =>
    Effect.forEach(
      Array.from({ length: shards.count }, (_, position) => ({ epoch, position })),
      (at) => Effect.map(shards.example(at), ({ key }) => key),
    )
