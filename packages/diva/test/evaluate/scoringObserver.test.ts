import { assert, describe, it } from "@effect/vitest"
import { openaiStatistics, type Tokenizer } from "@diva/models"
import { Effect, Layer, Ref } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { join } from "node:path"
import { openMmvp, Shards, scoringObserver, type ClipModel, type ScoringOptions } from "@diva/diva"
import { Checkpoints } from "../../src/checkpoint/checkpoints.ts"
import { tinyModels } from "../../src/demo/tinyModels.ts"
import { smallestSizes } from "../../src/demo/tinyRow.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readMetrics, readScores } from "../../src/run/metricsFile.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { trainInFolder } from "../../src/run/trainInFolder.ts"
import { trainDiva } from "../../src/train/trainDiva.ts"
import { temporaryFolder } from "../train/folderRun.ts"
import {
  fingerprint,
  recordedEvents,
  tinyConfig,
  tinyShards,
  tinyShardsOptions,
  writeTinyShard,
} from "../train/tinyRun.ts"
import { undisturbedBits } from "../train/undisturbedRun.ts"
import { smallMmvp } from "./smallClip.ts"

const machine = Layer.mergeAll(Gpu.layerInterpreter, tinyShards)

/** Letters as ids, between a start and an end: enough to tell texts apart in a vocabulary of 256. */
const letters: Tokenizer = {
  context: 77,
  encode: (text) => [...text].map((letter) => 1 + (letter.codePointAt(0)! % 250)),
  decode: () => "",
  row: (text) => {
    const ids = [254, ...letters.encode(text).slice(0, 70), 255]
    return E.right(Int32Array.from({ length: 77 }, (_, i) => ids[i] ?? 0))
  },
}

const config = E.getOrElseW((error: unknown) => {
  throw error
})(tinyModels(smallestSizes)).clip

const clip: ClipModel = {
  name: "tiny",
  config,
  row: undefined,
  flavour: "openai",
  preset: { size: config.vision.imageSize, fit: "crop", statistics: openaiStatistics },
  tokenizer: letters,
  weights: tinyConfig.weights.clip,
  remarks: [],
}

const scoring = (changes: Partial<ScoringOptions> = {}) =>
  Effect.map(openMmvp(smallMmvp), (mmvp) => {
    // Two pairs are enough to see whether scoring disturbs anything.
    const few = { ...mmvp, pairs: mmvp.pairs.slice(0, 2) }
    return scoringObserver({ every: 2, clip, mmvp: few, draws: 2, batch: 4, ...changes })
  })

describe("scoring while a run trains", () => {
  it.live("leaves the run's bits as they are, and tells a score with its count and interval at every turn", () =>
    Effect.gen(function* () {
      const { record, layer } = yield* recordedEvents
      const seen = yield* trainDiva(tinyConfig, [yield* scoring()]).pipe(
        Effect.provide(Layer.merge(Checkpoints.layerMemory, layer)),
      )
      assert.strictEqual(fingerprint(seen), yield* undisturbedBits)
      const told = (yield* Ref.get(record)).flatMap((event) => (event._tag === "scored" ? [event] : []))
      assert.deepStrictEqual(
        told.map(({ update, on, scores }) => [update, on, Object.keys(scores)]),
        [0, 2, 4].map((update) => [update, "MMVP", ["stock", "diva openai"]]),
      )
      for (const { scores } of told)
        for (const { value, count, interval } of Object.values(scores)) {
          assert.strictEqual(count, 2)
          assert.isAtLeast(value, interval.low)
          assert.isAtMost(value, interval.high)
        }
    }).pipe(Effect.provide(machine)),
  )

  it.live("goes on in a run that is stopped and resumed, to the same bits and the same scores", () =>
    Effect.gen(function* () {
      const shard = join(yield* temporaryFolder, "tiny.tar")
      yield* writeTinyShard(shard)
      const shards = Shards.layerTar(shard, tinyShardsOptions)
      const run = (folder: string, stopAfter?: number) =>
        Effect.flatMap(scoring(), (observer) =>
          trainInFolder({
            folder,
            config: { ...tinyConfig, ...(stopAfter === undefined ? {} : { stopAfter }) },
            commandLine: [],
            observers: [observer],
          }),
        ).pipe(Effect.provide(shards))
      const [whole, parts] = [yield* temporaryFolder, yield* temporaryFolder]
      yield* run(whole)
      yield* run(parts, 2)
      const resumed = yield* run(parts)
      assert.strictEqual(fingerprint(resumed), yield* undisturbedBits)
      const scores = (folder: string) => readScores(runFiles(folder).metrics)
      assert.deepStrictEqual(yield* scores(parts), yield* scores(whole))
      assert.lengthOf(yield* scores(whole), 3)
      assert.lengthOf(yield* readMetrics(runFiles(whole).metrics), 4)
    }).pipe(Effect.provide(machine)),
  )
})
