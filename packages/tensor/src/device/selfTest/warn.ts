import { isNode } from "../instance.ts"
import type { SelfTestResult } from "./selfTest.ts"

// Drivers that leave accesses to the implementation are no worse than others: only clamped.
const isFault = ({ feature, passed, remembered }: SelfTestResult): boolean =>
  !passed && !remembered && feature !== "unclamped-indices"

/**
 * Says once, when it is found, that a feature computes wrongly: programs run without it from then on. Pages read it from
 * `device.selfTests`.
 */
export const warnOfFaults = (results: readonly SelfTestResult[]): void => {
  if (!isNode()) return
  for (const { feature, found } of results.filter(isFault)) {
    const text = `${feature} is not used: ${found} in its self-test on this adapter. Programs run without it; diva doctor tells more.`
    process.emitWarning(text, { type: "FeatureWrong" })
  }
}
