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
const precisions = ["high", "medium"] as const

it.each(
  makers.flatMap((maker) =>
    precisions.flatMap((precision) => subjects.map((subject) => [maker, precision, ...subject] as const)),
  ),
)("every tile of %s's matrix units for attention at %s precision is valid WGSL: %s", async (...given) => {
  const [maker, precision, , subject] = given
  const texts = await textsOf(nobody, maker, precision, precision === "high" ? "matrixSplit" : "matrixHalf", subject)
  expect(new Set(texts.values())).toContain("attention")
  expect([...texts.keys()].some((text) => text.includes("subgroupMatrixMultiplyAccumulate"))).toBe(true)
  for (const text of texts.keys()) expect(await nobody.refusal(text)).toBeUndefined()
})
