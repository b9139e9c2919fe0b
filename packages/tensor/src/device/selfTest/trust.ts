import { featureSources, type FeatureName } from "../features.ts"
import { testBindings } from "./bindings.ts"
import { testHalf } from "./half.ts"
import { testMatrices } from "./matrices.ts"
import type { SelfTestMemory } from "./memory.ts"
import type { KeptFinding, KeptResults } from "./results.ts"
import type { Examined, Finding, SelfTest, SelfTestResult } from "./selfTest.ts"
import { testSubgroups } from "./subgroups.ts"

/** The self-test of each feature that has one. */
export const selfTests: Partial<Readonly<Record<FeatureName, SelfTest>>> = {
  subgroups: testSubgroups,
  "shader-f16": testHalf,
  "subgroup-matrix": testMatrices,
  "unclamped-indices": testBindings,
}

/** An adapter whose features are to be tested. */
export interface Candidate {
  /** Adapter, driver and implementation as one name: what results are kept under. */
  readonly key: string
  /** Features that are wanted and offered. */
  readonly offered: readonly FeatureName[]
  /**
   * A device of its own for each test, so that one that goes wrong harms nothing else; with the features found right so far,
   * since it is together that they are used.
   */
  readonly open: (features: readonly FeatureName[]) => Promise<Examined>
}

/** After so many processes that did not live to see a test's answer, the feature counts as the cause. */
const fatalTimes = 2

const longest = 30_000

const inTime = async (work: Promise<Finding>): Promise<Finding> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => resolve({ passed: false, found: `no answer within ${longest / 1000} seconds` }), longest)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message.split("\n")[0]! : String(error))

const put = async (test: SelfTest, open: () => Promise<Examined>): Promise<Finding> => {
  try {
    const examined = await open()
    try {
      return await inTime(test(examined))
    } finally {
      examined.gpu.destroy()
    }
  } catch (error) {
    return { passed: false, found: `the test failed: ${messageOf(error)}` }
  }
}

const fatal: KeptFinding = { passed: false, found: "its test ended the process", seconds: 0 }

const recalled = ({ results, begun }: KeptResults, feature: FeatureName): KeptFinding | undefined =>
  results[feature] ?? ((begun[feature]?.times ?? 0) >= fatalTimes ? fatal : undefined)

/** Tests offered features in turn, those that need others after them; what is remembered is not tested again. */
export const selfTest = async (
  { key, offered, open }: Candidate,
  memory: SelfTestMemory,
): Promise<readonly SelfTestResult[]> => {
  const results: SelfTestResult[] = []
  const usable = (): readonly FeatureName[] => results.flatMap(({ feature, passed }) => (passed ? [feature] : []))
  for (const feature of offered) {
    const test = selfTests[feature]
    const { needs } = featureSources[feature]
    if (test === undefined || !needs.every((need) => usable().includes(need))) continue
    const known = recalled(memory.recall(key), feature)
    if (known !== undefined) {
      results.push({ feature, remembered: true, ...known })
      continue
    }
    memory.begin(key, feature)
    const began = performance.now()
    const finding = await put(test, () => open([...usable(), feature]))
    const kept = { ...finding, seconds: (performance.now() - began) / 1000 }
    memory.finish(key, feature, kept)
    results.push({ feature, remembered: false, ...kept })
  }
  return results
}
