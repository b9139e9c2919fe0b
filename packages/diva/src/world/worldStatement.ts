import * as path from "node:path"
import type { FileError } from "@diva/models"
import { Effect, Schema } from "effect"
import type { ConfigInvalid } from "../files/configInvalid.ts"
import { decoded } from "../files/decoded.ts"
import { readObject } from "../files/readObject.ts"
import type { Estimate } from "../evaluate/statistics/interval.ts"
import type { MeasuredWorld } from "./measureWorld.ts"

/** A score as `world.json` tells it. */
const Stated = Schema.Struct({
  value: Schema.Finite,
  low: Schema.Finite,
  high: Schema.Finite,
  /** How many pictures, pairs or captions it was computed from. */
  count: Schema.Int,
})

export type Stated = typeof Stated.Type

const PairScores = Schema.Struct({ categories: Schema.Array(Schema.Finite), average: Schema.Finite })

/** What `world.json` says of a world: bytes, scores, and the commands that made it. */
const WorldStatement = Schema.Struct({
  world: Schema.Int,
  /** `folderHash` of each folder. */
  folders: Schema.Record(Schema.String, Schema.String),
  /** Percent of pairs solved by the CLIP: each pattern in MMVP's order, and their mean. */
  scores: Schema.Struct({ confused: PairScores, control: PairScores }),
  /** Every score of `measureWorld` with its 95 % interval, and Fréchet distances of drawings and of other scenes. */
  measured: Schema.Struct({
    seed: Schema.Int,
    samples: Schema.Int,
    distance: Schema.Finite,
    distanceOfScenes: Schema.Finite,
    estimates: Schema.Record(Schema.String, Stated),
  }),
  /** The commands that made each part, in order. */
  commands: Schema.Record(Schema.String, Schema.Array(Schema.String)),
})

export type WorldStatement = typeof WorldStatement.Type

export const worldStatementFile = (folder: string): string => path.join(folder, "world.json")

/** Reads `world.json` of a world's folder. Errors: `FileUnreadable`, `ConfigInvalid`. */
export const readWorldStatement = Effect.fn("readWorldStatement")(function* (
  folder: string,
): Effect.fn.Return<WorldStatement, FileError | ConfigInvalid> {
  const file = worldStatementFile(folder)
  return yield* decoded(WorldStatement, yield* readObject(file), {
    file,
    remedy: "npm run world measures the world that ships and writes it anew",
  })
})

const decimals = (digits: number, x: number): number => Number(x.toFixed(digits))

const statedOf = ({ value, count, interval: { low, high } }: Estimate): Stated => ({
  value: decimals(4, value),
  low: decimals(4, low),
  high: decimals(4, high),
  count,
})

/** What was measured, as `world.json` tells it. */
export const stating = ({ scores, samples, estimates }: MeasuredWorld): Pick<WorldStatement, "scores" | "measured"> => {
  const pairs = ({ scorings: [scoring] }: MeasuredWorld["scores"]["control"]) => ({
    categories: scoring!.categories.map(({ estimate }) => decimals(4, estimate.value)),
    average: decimals(4, scoring!.average.value),
  })
  return {
    scores: { confused: pairs(scores.confused), control: pairs(scores.control) },
    measured: {
      seed: samples.seed,
      samples: samples.count,
      distance: decimals(4, samples.distance),
      distanceOfScenes: decimals(4, samples.distanceOfScenes),
      estimates: Object.fromEntries(Object.entries(estimates).map(([name, each]) => [name, statedOf(each)])),
    },
  }
}

/** One score beside what is stated of it. */
export interface ComparedScore {
  readonly name: string
  readonly stated: Stated
  readonly found: Estimate
  /** Whether it lies in the stated interval. */
  readonly holds: boolean
}

/** Every stated score beside what was found. */
export const compareWorld = (
  { measured }: Pick<WorldStatement, "measured">,
  { estimates }: Pick<MeasuredWorld, "estimates">,
): readonly ComparedScore[] =>
  Object.entries(measured.estimates).flatMap(([name, stated]) => {
    const found = estimates[name]
    if (found === undefined) return []
    return [{ name, stated, found, holds: found.value >= stated.low && found.value <= stated.high }]
  })
