import type { FeatureName } from "../features.ts"
import {
  begin,
  emptySelfTests,
  finish,
  nothingKept,
  withAdapter,
  type KeptFinding,
  type KeptResults,
} from "./results.ts"

/** Where results of self-tests are kept from one opening of an adapter to the next. */
export interface SelfTestMemory {
  readonly recall: (adapter: string) => KeptResults
  /** Notes that a test begins: one that ends the process is known by it. */
  readonly begin: (adapter: string, feature: FeatureName) => void
  readonly finish: (adapter: string, feature: FeatureName, finding: KeptFinding) => void
}

/** A memory that lasts as long as its process or page. */
export const selfTestsInMemory = (): SelfTestMemory => {
  let cache = emptySelfTests
  return {
    recall: (adapter) => cache.adapters[adapter] ?? nothingKept,
    begin: (adapter, feature) => void (cache = withAdapter(cache, adapter, begin(feature, 0))),
    finish: (adapter, feature, finding) => void (cache = withAdapter(cache, adapter, finish(feature, finding))),
  }
}

/** A memory that keeps what it is told and has forgotten what was before: every test is run once more. */
export const testingAgain = (memory: SelfTestMemory): SelfTestMemory => {
  const fresh = selfTestsInMemory()
  return {
    recall: fresh.recall,
    begin: memory.begin,
    finish: (adapter, feature, finding) => {
      fresh.finish(adapter, feature, finding)
      memory.finish(adapter, feature, finding)
    },
  }
}
