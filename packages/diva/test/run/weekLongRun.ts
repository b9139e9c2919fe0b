import { setTimeout as delay } from "node:timers/promises"
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Effect, Layer, Stream } from "effect"
import { Shards, type DataPosition } from "../../src/data/index.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import type { EventSink } from "../../src/train/observe/events.ts"
import { nullGpu } from "../gpu/nullGpu.ts"
import { tinyConfig, tinyShards } from "../train/tinyRun.ts"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

/** Bytes that the process holds when nothing is left to collect: the collector's own threads free some of it a little later. */
const heldBytes = async (): Promise<number> => {
  let least = Infinity
  for (let time = 0; time < 6; time++) {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    least = Math.min(least, heapUsed + arrayBuffers)
    await delay(25)
  }
  return least
}

/** The same pictures for ever. */
const endless = Layer.effect(
  Shards,
  Effect.map(Shards, (shards) =>
    Shards.of({
      ...shards,
      batches: ({ from, batchSize }) =>
        Stream.iterate(from, ({ epoch, position }): DataPosition => ({ epoch, position: position + batchSize })).pipe(
          Stream.map((at) => ({
            images: new Uint8Array(batchSize * 16 * 16 * 3).fill(at.position % 256),
            keys: [String(at.position)],
            captions: [""],
            skipped: [],
            from: at,
            next: { epoch: at.epoch, position: at.position + batchSize },
          })),
        ),
    }),
  ),
).pipe(Layer.provide(tinyShards))

const folderBytes = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)

/** What a long run left. */
export interface LongRun {
  /** Bytes held at the end beyond those held after a fifth of the updates. */
  readonly grown: number
  /** Bytes of each log for each update. */
  readonly metrics: number
  readonly tensorboard: number
  readonly manifest: number
  readonly checkpoints: readonly string[]
}

/** A run of many updates of nothing in a folder: what it held after a fifth of them and at its end, and what it wrote. */
export const longRun: (folder: string, updates: number, checkpointEvery: number) => Effect.Effect<LongRun, unknown> =
  Effect.fnUntraced(function* (folder, updates, checkpointEvery) {
    const held: number[] = []
    const at = new Set([Math.floor(updates / 5), updates])
    const measuring: EventSink = (event) =>
      event._tag === "step" && at.has(event.update)
        ? Effect.promise(async () => void held.push(await heldBytes()))
        : Effect.void
    yield* trainInFolder({
      folder,
      config: {
        ...tinyConfig,
        optimisation: { ...tinyConfig.optimisation, updates },
        checkpointEvery,
        keepBest: "loss",
      },
      commandLine: ["simulation"],
      sinks: [measuring],
    }).pipe(Effect.provide(Layer.merge(nullGpu, endless)))
    const files = runFiles(folder)
    return {
      grown: held[1]! - held[0]!,
      metrics: statSync(files.metrics).size / updates,
      tensorboard: folderBytes(files.tensorboard) / updates,
      manifest: statSync(files.manifest).size,
      checkpoints: readdirSync(files.checkpoints),
    }
  })

/** Bytes of log that an update costs at most; docs/data.md states them. */
export const bytesPerUpdate = { metrics: 260, tensorboard: 420 } as const
