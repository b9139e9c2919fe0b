import { Effect, Schema } from "effect"
import { readTextIfThere } from "../../files/readText.ts"
import type { BenchmarkReport } from "./benchmarkReport.ts"

/** What decides whether a result can be used; everything else in it is carried along. */
const Report = Schema.Struct({
  format: Schema.Literal("diva-benchmark"),
  version: Schema.Literal(1),
  metrics: Schema.Record(
    Schema.String,
    Schema.Struct({
      value: Schema.Number,
      count: Schema.Number,
      interval: Schema.Record(Schema.String, Schema.Unknown),
    }),
  ),
  subject: Schema.Record(Schema.String, Schema.Unknown),
  predictions: Schema.Array(Schema.Unknown),
})

const parsed = (text: string): BenchmarkReport | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return Schema.is(Report)(value) ? (value as unknown as BenchmarkReport) : undefined
  } catch {
    return undefined
  }
}

/** A result written before; undefined where there is none that is whole. */
export const readBenchmarkReport = (file: string): Effect.Effect<BenchmarkReport | undefined> =>
  Effect.map(readTextIfThere(file), (text) => (text === undefined ? undefined : parsed(text)))
