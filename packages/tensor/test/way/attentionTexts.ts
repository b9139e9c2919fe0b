import { planOf, type Decision, type Precision } from "../../src/index.ts"
import { planningFor } from "../../src/plan/planning.ts"
import { separate, specsOf, toOthers, toThemselves, type Case } from "../attentionCases.ts"
import { separateSteps } from "../plan/separateSteps.ts"
import type { Maker } from "./matrixCases.ts"
import type { NullDevice } from "./nullDevice.ts"

/** Attention with heads of many widths. */
export const subjects: readonly (readonly [string, Case])[] = [
  ["heads of 64", toThemselves(1, 2, 300, 64)],
  ["heads of 72, causal", toThemselves(1, 2, 70, 72, true)],
  ["heads of 80 to few others", toOthers(1, 2, 1000, 77, 80)],
  ["a head of 512", separate(1, 100, 512)],
  ["heads of 30", separate(2, 40, 30)],
]

/** All texts of a way for a program, by the candidates of each of its passes. */
export const textsOf = async (
  nobody: NullDevice,
  maker: Maker,
  precision: Precision,
  way: string,
  subject: Case,
): Promise<ReadonlyMap<string, string>> => {
  const planning = planningFor(await nobody.factsOf(maker), { policy: { precision, halfArithmetic: false } })
  const texts = new Map<string, string>()
  let count = 1
  for (let at = 0; at < count; at++) {
    const choose = ({ candidates, others }: Decision) => {
      const mine = [...candidates, ...others].filter((choice) => choice.way === way)
      count = Math.max(count, mine.length)
      return mine[at % Math.max(1, mine.length)] ?? candidates[0]
    }
    const { steps } = planOf(subject.program as never, specsOf(subject), { ...planning, choose })
    for (const { wgsl, choice, family } of separateSteps(steps)) if (choice.way === way) texts.set(wgsl, family)
  }
  return texts
}
