import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { encodeJpeg } from "@diva/models"
import { Effect, Stream } from "effect"
import { checkData, tarFileEntries, writeTar } from "../../src/data/index.ts"
import { damages, numbers, type Place } from "./damage.ts"

/** Samples of a shard; each a picture and a caption. */
const samples = 7

const noise = (draw: (bound: number) => number) => ({
  width: 24,
  height: 24,
  data: Uint8Array.from({ length: 3 * 24 * 24 }, () => draw(256)),
})

const keyOf = (i: number): string => String(i).padStart(4, "0")

const wholeShard = async (file: string, draw: (bound: number) => number): Promise<void> => {
  const members = await Promise.all(
    Array.from({ length: samples }, async (_, i) => [
      { name: `${keyOf(i)}.jpg`, bytes: await encodeJpeg(noise(draw)) },
      { name: `${keyOf(i)}.txt`, bytes: new TextEncoder().encode(`caption ${i}`) },
    ]),
  )
  await Effect.runPromise(writeTar(file, members.flat()))
}

/** How one damaged shard was read. */
export interface DamagedOutcome {
  readonly kind: string
  readonly seed: number
  /** Whether the damage ends the file, so that what follows is gone. */
  readonly lostFrom: number | undefined
  /** The sample that was hurt. */
  readonly hurt: number
  readonly total: number
  readonly good: number
  readonly bad: number
}

/** A cut loses the member it falls into and all after it; any other damage one sample, or one and its neighbour. */
const endsFile = (kind: string): boolean => kind.startsWith("a cut")

/** Damages a shard of seven samples in one way and reads all of it. */
export const readDamaged = async (kind: string, seed: number): Promise<DamagedOutcome> => {
  const folder = await mkdtemp(path.join(tmpdir(), "damaged-"))
  try {
    const draw = numbers(seed)
    const file = path.join(folder, "shard.tar")
    await wholeShard(file, draw)
    const entries = await Effect.runPromise(Stream.runCollect(tarFileEntries(file)))
    const member = draw(entries.length)
    const { start, data, size } = entries[member]!
    const place: Place = { header: start, data, size }
    await writeFile(file, damages[kind]!(await readFile(file), place, draw))
    const report = await Effect.runPromise(checkData({ sources: file, workers: 0, examples: 1 }))
    const hurt = member >> 1
    return {
      kind,
      seed,
      lostFrom: endsFile(kind) ? hurt : undefined,
      hurt,
      total: report.samples,
      good: report.good,
      bad: report.bad.length,
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Good samples that must be found whatever happened to the one that was hurt. */
export const leastGood = ({ lostFrom }: DamagedOutcome): number => (lostFrom === undefined ? samples - 1 : lostFrom)
