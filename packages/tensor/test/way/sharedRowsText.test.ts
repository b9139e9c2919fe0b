import { afterAll, beforeAll, expect, it } from "vitest"
import { planOf, type Decision, type KernelFacts } from "../../src/index.ts"
import { planningFor } from "../../src/plan/planning.ts"
import { specsOf } from "./matrixCases.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"
import { sharedRowCases, type RowCase } from "./sharedRowCases.ts"

let nobody: NullDevice
beforeAll(async () => {
  nobody = await openNullDevice()
})
afterAll(() => nobody.close())

const inParts = ({ candidates, others }: Decision) =>
  [...candidates, ...others].find(({ way }) => way === "parts") ?? candidates[0]

const textsOf = (facts: KernelFacts, { program, shapes }: RowCase): readonly string[] =>
  planOf(program as never, specsOf({ program: program as never, shapes }), { ...planningFor(facts), choose: inParts })
    .steps.map(({ wgsl }) => wgsl)
    .filter((wgsl) => wgsl.includes("elements_of"))

it.each(Object.entries(sharedRowCases))(
  "kernels of rows that several share are valid WGSL, with subgroups of a fixed size and without: %s",
  async (_name, one) => {
    const nvidia = await nobody.factsOf("nvidia")
    for (const facts of [nvidia, { ...nvidia, subgroupSize: 0 }]) {
      const texts = textsOf(facts, one)
      expect(texts.length).toBeGreaterThan(1)
      for (const text of texts) expect(await nobody.refusal(text)).toBeUndefined()
    }
  },
)

it("subgroups that share a row wait for nobody, so that their kernels share a launch with any", async () => {
  const { "a softmax": softmax } = sharedRowCases
  for (const text of textsOf(await nobody.factsOf("nvidia"), softmax))
    expect(text).not.toMatch(/Barrier|var<workgroup>/)
})
