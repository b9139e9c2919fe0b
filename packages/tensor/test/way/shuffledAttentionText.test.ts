import { afterAll, beforeAll, expect, it } from "vitest"
import { subjects, textsOf } from "./attentionTexts.ts"
import { unitsOf, type Maker } from "./matrixCases.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"

let nobody: NullDevice
beforeAll(async () => {
  nobody = await openNullDevice()
})
afterAll(() => nobody.close())

const makers = Object.keys(unitsOf) as readonly Maker[]
const inVectors = subjects.filter(([name]) => name !== "heads of 30" && name !== "a head of 512")

it.each(makers.flatMap((maker) => inVectors.map((subject) => [maker, ...subject] as const)))(
  "every tile of neighbours in %s's subgroups is valid WGSL for attention and its gradients: %s",
  async (maker, _name, subject) => {
    const texts = await textsOf(nobody, maker, "highest", "shuffled", subject)
    expect(new Set(texts.values())).toEqual(new Set(["attention", "attentionQueries", "attentionKeys"]))
    for (const text of texts.keys()) expect(await nobody.refusal(text)).toBeUndefined()
  },
)

it("leaves heads to others whose rows are no whole vectors", async () => {
  const [, odd] = subjects.find(([name]) => name === "heads of 30")!
  expect([...(await textsOf(nobody, "nvidia", "highest", "shuffled", odd)).keys()]).toEqual([])
})
