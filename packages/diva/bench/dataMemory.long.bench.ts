// Memory and throughput of decoding while batches are made of 20 GB of data: one shard under many names. Minutes, so only where
// `dataMemory` is asked for; --seconds S stops after so long and says how much was read.
import { rm } from "node:fs/promises"
import { parseArgs } from "node:util"
import { Effect, Stream } from "effect"
import { Shards } from "../src/data/index.ts"
import { repeatedShards } from "./repeatedShards.ts"

const gigabyte = 10 ** 9
const wanted = 20 * gigabyte
const batchSize = 16
/** Resident bytes are looked at after every so many batches. */
const every = 16

const now = (): number => performance.now() / 1000

const largest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0)

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20)

const { values } = parseArgs({ options: { seconds: { type: "string" } }, strict: false })
const limit = values.seconds === undefined ? Infinity : Number(values.seconds)
const { folder, ...data } = await repeatedShards(wanted)
try {
  const opening = now()
  const measured = Effect.gen(function* () {
    const shards = yield* Shards
    const opened = now()
    const resident: number[] = []
    let images = 0
    const batches = shards.batches({ from: { epoch: 0, position: 0 }, batchSize })
    yield* Stream.runForEach(
      Stream.takeWhile(batches, () => images < data.samples && now() - opened < limit),
      () =>
        Effect.sync(() => {
          images += batchSize
          if (images % (every * batchSize) === 0) resident.push(process.memoryUsage.rss())
        }),
    )
    return { openSeconds: opened - opening, seconds: now() - opened, images, resident }
  })
  const { images, seconds, openSeconds, resident } = await Effect.runPromise(
    Effect.provide(measured, Shards.layerTar(folder)),
  )
  const quarter = Math.ceil(resident.length / 4)
  const parts = [0, 1, 2, 3].map((part) => mebibytes(largest(resident.slice(part * quarter, (part + 1) * quarter))))
  process.stdout.write(
    `${JSON.stringify({
      dataMemory: "batches",
      gigabytes: Number((data.bytes / gigabyte).toFixed(1)),
      gigabytesRead: Number(((data.bytes / gigabyte) * (images / data.samples)).toFixed(2)),
      shards: data.shards,
      images,
      openSeconds: Number(openSeconds.toFixed(1)),
      imagesPerSecond: Number((images / seconds).toFixed(1)),
      userSecondsPerThousand: Number((process.cpuUsage().user / 1000 / images).toFixed(2)),
      // The largest of each quarter of the time: memory that grew with the data would grow from one to the next.
      residentMebibytes: parts,
    })}\n`,
  )
} finally {
  await rm(folder, { recursive: true, force: true })
}
