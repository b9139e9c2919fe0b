import { afterAll, beforeAll, expect, it } from "vitest"
import { planOf, type Decision } from "../../src/index.ts"
import { planningFor } from "../../src/plan/planning.ts"
import { separate, specsOf, toOthers, toThemselves, type Case } from "../attentionCases.ts"
import { unitsOf, type Maker } from "./matrixCases.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"

let nobody: NullDevice
beforeAll(async () => {
  nobody = await openNullDevice()
})
afterAll(() => nobody.close())

const subjects: readonly (readonly [string, Case])[] = [
  ["heads of 64", toThemselves(1, 2, 300, 64)],
  ["heads of 72, causal", toThemselves(1, 2, 70, 72, true)],
  ["heads of 80 to few others", toOthers(1, 2, 1000, 77, 80)],
  ["a head of 512", separate(1, 100, 512)],
  ["heads of 30", separate(2, 40, 30)],
]

const makers = Object.keys(unitsOf) as readonly Maker[]
const precisions = ["high", "medium"] as const

/** All texts of a way for a program, by the candidates of each of its passes. */
const textsOf = async (maker: Maker, precision: (typeof precisions)[number], way: string, subject: Case) => {
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
    for (const { wgsl, choice, family } of steps) if (choice.way === way) texts.set(wgsl, family)
  }
  return texts
}

it.each(
  makers.flatMap((maker) =>
    precisions.flatMap((precision) => subjects.map((subject) => [maker, precision, ...subject] as const)),
  ),
)("every tile of %s's matrix units for attention at %s precision is valid WGSL: %s", async (...given) => {
  const [maker, precision, , subject] = given
  const texts = await textsOf(maker, precision, precision === "high" ? "matrixSplit" : "matrixHalf", subject)
  expect(new Set(texts.values())).toContain("attention")
  expect([...texts.keys()].some((text) => text.includes("subgroupMatrixMultiplyAccumulate"))).toBe(true)
  for (const text of texts.keys()) expect(await nobody.refusal(text)).toBeUndefined()
})
