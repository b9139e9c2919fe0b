import { readFile } from "node:fs/promises"
import { Effect, Predicate } from "effect"
import type { BenchmarkReport } from "./benchmarkReport.ts"

const isEstimate = (value: unknown): boolean =>
  Predicate.hasProperty(value, "value") &&
  Predicate.isNumber(value.value) &&
  Predicate.hasProperty(value, "count") &&
  Predicate.isNumber(value.count) &&
  Predicate.hasProperty(value, "interval") &&
  Predicate.isObject(value.interval)

const isReport = (value: unknown): value is BenchmarkReport =>
  Predicate.hasProperty(value, "format") &&
  value.format === "diva-benchmark" &&
  Predicate.hasProperty(value, "version") &&
  value.version === 1 &&
  Predicate.hasProperty(value, "metrics") &&
  Predicate.isObject(value.metrics) &&
  Object.values(value.metrics).every(isEstimate) &&
  Predicate.hasProperty(value, "subject") &&
  Predicate.isObject(value.subject) &&
  Predicate.hasProperty(value, "predictions") &&
  Array.isArray(value.predictions)

/** A result written before; undefined where there is none that is whole. */
export const readBenchmarkReport = (file: string): Effect.Effect<BenchmarkReport | undefined> =>
  Effect.promise(async () => {
    try {
      const value: unknown = JSON.parse(await readFile(file, "utf8"))
      return isReport(value) ? value : undefined
    } catch {
      return undefined
    }
  })
