import { afterAll, beforeAll, expect, it } from "vitest"
import { planOf, type Decision } from "../../src/index.ts"
import { planningFor } from "../../src/plan/planning.ts"
import { specsOf, unitsOf, type Maker } from "./matrixCases.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"
import { winogradCases } from "./tiledWinograd.ts"

let nobody: NullDevice
beforeAll(async () => {
  nobody = await openNullDevice()
})
afterAll(() => nobody.close())

it.each(Object.keys(unitsOf) as readonly Maker[])(
  "every kernel of Winograd's tiles for %s is valid WGSL",
  async (maker) => {
    const planning = planningFor(await nobody.factsOf(maker))
    const texts = new Map<string, string>()
    for (const one of Object.values(winogradCases)) {
      let count = 1
      for (let at = 0; at < count; at++) {
        const choose = ({ candidates, others }: Decision) => {
          const mine = [...candidates, ...others].filter(({ way }) => way === "tiledWinograd")
          count = Math.max(count, mine.length)
          return mine[at % Math.max(1, mine.length)] ?? candidates[0]
        }
        const { steps } = planOf(one.program as never, specsOf(one), { ...planning, choose })
        for (const { wgsl, label, choice } of steps) if (choice.way === "tiledWinograd") texts.set(wgsl, label)
      }
    }
    expect(new Set(texts.values()).size).toBeGreaterThan(4)
    for (const text of texts.keys()) expect(await nobody.refusal(text)).toBeUndefined()
  },
)

it("frozen weights are transformed once, ahead of all runs", async () => {
  const one = winogradCases["with a tail, element by element"]
  const planning = planningFor(await nobody.factsOf("nvidia"))
  const choose = ({ candidates, others }: Decision) =>
    [...candidates, ...others].find(({ way }) => way === "tiledWinograd") ?? candidates[0]
  const plan = planOf(one.program as never, specsOf(one), { ...planning, choose }, { frozen: ["w"] })
  expect(plan.preparation.map(({ label }) => label)).toEqual(["weight (transformed)"])
})
