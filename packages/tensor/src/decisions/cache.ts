import { candidatesChecksum } from "./candidatesChecksum.ts"
import { decisionKey, sameChoice, type Choice, type Decision } from "../kernels/way/choice.ts"

/** What became of one candidate. */
export interface Measurement {
  readonly choice: Choice
  readonly outcome: "measured" | "invalid" | "wrong" | "timeout" | "skipped"
  /** Every time taken, in milliseconds, in order. */
  readonly milliseconds: readonly number[]
  /** Why it lost without times. */
  readonly reason?: string
}

/** A decided problem with all that was measured for it. */
export interface TuningEntry {
  /** Checksum of the candidates it was decided among. */
  readonly candidates: string
  readonly winner: Choice
  /** Median time of the untuned choice over the winner's. */
  readonly gain: number
  readonly measurements: readonly Measurement[]
}

/** Decided problems by adapter (a name, or the begin of one followed by `*`) and by family and problem. */
export interface TuningCache {
  readonly format: "diva-tuning"
  readonly version: 1
  readonly adapters: Readonly<Record<string, Readonly<Record<string, TuningEntry>>>>
}

/** Why a cache, or an entry of it, was not used: planning goes on with the untuned rule. */
export interface TuningWarning {
  readonly _tag: "TuningCacheInvalid" | "TuningEntryStale"
  readonly where: string
  readonly rule: string
  readonly remedy: string
}

export const emptyCache: TuningCache = { format: "diva-tuning", version: 1, adapters: {} }

/** A cache of one adapter's entries. */
export const cacheOf = (adapter: string, entries: Readonly<Record<string, TuningEntry>>): TuningCache => ({
  ...emptyCache,
  adapters: { [adapter]: entries },
})

/** Both caches' entries; where both decided, `newer` holds. */
export const mergeCaches = (older: TuningCache, newer: TuningCache): TuningCache => {
  const names = new Set([...Object.keys(older.adapters), ...Object.keys(newer.adapters)])
  const adapters = Object.fromEntries(
    [...names].map((name) => [name, { ...older.adapters[name], ...newer.adapters[name] }]),
  )
  return { ...emptyCache, adapters }
}

const matches = (pattern: string, adapter: string): boolean =>
  pattern.endsWith("*") ? adapter.startsWith(pattern.slice(0, -1)) : pattern === adapter

/** What a cache holds for an adapter; an entry under the adapter's full name goes before one under a pattern. */
export const entriesFor = ({ adapters }: TuningCache, adapter: string): ReadonlyMap<string, TuningEntry> => {
  const patterns = Object.keys(adapters).filter((pattern) => matches(pattern, adapter))
  const ordered = patterns.toSorted((a, b) => Number(b.endsWith("*")) - Number(a.endsWith("*")) || a.length - b.length)
  return new Map(ordered.flatMap((pattern) => Object.entries(adapters[pattern]!)))
}

const staleEntry = (key: string): TuningWarning => ({
  _tag: "TuningEntryStale",
  where: key,
  rule: "the kernels it was decided among have changed since",
  remedy: "diva tune measures it again",
})

export interface Tuning {
  readonly choose: (decision: Decision) => Choice
  /** Problems the caches decide. */
  readonly entries: number
  /** What was found unusable so far, each once. */
  readonly warnings: () => readonly TuningWarning[]
}

/** Decides by the caches, earlier ones first, and by the untuned rule where none knows or what it knows has gone stale. */
export const tuningFrom = (caches: readonly TuningCache[], adapter: string): Tuning => {
  const known = caches.map((cache) => entriesFor(cache, adapter))
  const warnings = new Map<string, TuningWarning>()
  const choose = (decision: Decision): Choice => {
    const key = decisionKey(decision)
    const entries = known.flatMap((entries) => entries.get(key) ?? [])
    if (entries.length === 0) return decision.candidates[0]
    const checksum = candidatesChecksum(decision.candidates)
    const winner = entries.find(({ candidates }) => candidates === checksum)?.winner
    const chosen = winner && decision.candidates.find((candidate) => sameChoice(candidate, winner))
    if (chosen === undefined) warnings.set(key, staleEntry(key))
    return chosen ?? decision.candidates[0]
  }
  return {
    choose,
    entries: new Set(known.flatMap((entries) => [...entries.keys()])).size,
    warnings: () => [...warnings.values()],
  }
}
