import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import type { MatrixShape, MatrixUnits } from "../../adapter/adapterFacts.ts"
import { featureNames, type FeatureName } from "../features.ts"
import type { Finding } from "./selfTest.ts"

/** A finding with the time it took. */
export interface KeptFinding extends Finding {
  readonly seconds: number
}

/** A test that was begun and has not been answered: by a process that still runs, or by one that it ended. */
export interface BegunTest {
  readonly process: number
  readonly times: number
}

/** What is remembered of one adapter. */
export interface KeptResults {
  readonly results: Partial<Readonly<Record<FeatureName, KeptFinding>>>
  readonly begun: Partial<Readonly<Record<FeatureName, BegunTest>>>
}

/** Results by adapter, driver and implementation. */
export interface SelfTestCache {
  readonly format: "diva-features"
  /** Raised with every change of the self-tests: results of older ones count no more. */
  readonly version: 1
  readonly adapters: Readonly<Record<string, KeptResults>>
}

export const emptySelfTests: SelfTestCache = { format: "diva-features", version: 1, adapters: {} }

export const nothingKept: KeptResults = { results: {}, begun: {} }

/** The cache with what an adapter's results have become. */
export const withAdapter = (
  cache: SelfTestCache,
  adapter: string,
  change: (kept: KeptResults) => KeptResults,
): SelfTestCache => ({
  ...cache,
  adapters: { ...cache.adapters, [adapter]: change(cache.adapters[adapter] ?? nothingKept) },
})

/** Notes that a process begins a test. */
export const begin =
  (feature: FeatureName, process: number) =>
  ({ results, begun }: KeptResults): KeptResults => ({
    results,
    begun: { ...begun, [feature]: { process, times: (begun[feature]?.times ?? 0) + 1 } },
  })

/** Notes a test's result; it is under way no more. */
export const finish =
  (feature: FeatureName, { passed, found, seconds, matrixUnits }: KeptFinding) =>
  ({ results, begun }: KeptResults): KeptResults => {
    const { [feature]: _done, ...underWay } = begun
    const kept = { passed, found, seconds, ...(matrixUnits === undefined ? {} : { matrixUnits }) }
    return { results: { ...results, [feature]: kept }, begun: underWay }
  }

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isShape = (value: unknown): value is MatrixShape =>
  isRecord(value) &&
  [value["m"], value["n"], value["k"]].every((extent) => Number.isInteger(extent) && Number(extent) > 0) &&
  [value["operands"], value["sums"]].every((type) => type === "f16" || type === "f32")

const isUnits = (value: unknown): value is MatrixUnits =>
  isRecord(value) &&
  Array.isArray(value["shapes"]) &&
  value["shapes"].every(isShape) &&
  isRecord(value["spelling"]) &&
  typeof value["spelling"]["columnsFirst"] === "boolean" &&
  typeof value["spelling"]["orderInTemplate"] === "boolean"

const isFinding = (value: unknown): value is KeptFinding =>
  isRecord(value) &&
  typeof value["passed"] === "boolean" &&
  typeof value["found"] === "string" &&
  typeof value["seconds"] === "number" &&
  (value["matrixUnits"] === undefined || isUnits(value["matrixUnits"]))

const isBegun = (value: unknown): value is BegunTest =>
  isRecord(value) && Number.isInteger(value["process"]) && Number.isInteger(value["times"])

const eachNamed = (value: unknown, holds: (entry: unknown) => boolean): boolean =>
  isRecord(value) &&
  Object.entries(value).every(([name, entry]) => (featureNames as readonly string[]).includes(name) && holds(entry))

const isKept = (value: unknown): value is KeptResults =>
  isRecord(value) && eachNamed(value["results"], isFinding) && eachNamed(value["begun"], isBegun)

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads a cache's text, or says why it cannot be used: the tests are then run again. */
export const decodeSelfTests = (text: string): Either<string, SelfTestCache> => {
  const value = parsed(text)
  if (!isRecord(value) || value["format"] !== "diva-features") return E.left("it holds no results of self-tests")
  if (value["version"] !== emptySelfTests.version) return E.left("its self-tests were others")
  const { adapters } = value
  return isRecord(adapters) && Object.values(adapters).every(isKept)
    ? E.right({ ...emptySelfTests, adapters: adapters as SelfTestCache["adapters"] })
    : E.left("it is damaged")
}

/** A cache as JSON for people. */
export const encodeSelfTests = (cache: SelfTestCache): string => `${JSON.stringify(cache, null, 2)}\n`
