import { afterAll, beforeAll, expect, it } from "vitest"
import { subjects, textsOf } from "./attentionTexts.ts"
import { makers, type SubjectsFor } from "./matrixCases.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"

const precisions = ["high", "medium"] as const

/** Tests that all texts of attention on matrix units are valid, of these subjects. */
export const testMatrixAttentionTexts = (subjectsFor: SubjectsFor): void => {
  let nobody: NullDevice
  beforeAll(async () => {
    nobody = await openNullDevice()
  })
  afterAll(() => nobody.close())

  it.each(
    makers.flatMap((maker) =>
      precisions.flatMap((precision) =>
        subjectsFor(maker, subjects).map((subject) => [maker, precision, ...subject] as const),
      ),
    ),
  )("every tile of %s's matrix units for attention at %s precision is valid WGSL: %s", async (...given) => {
    const [maker, precision, , subject] = given
    const texts = await textsOf(nobody, maker, precision, precision === "high" ? "matrixSplit" : "matrixHalf", subject)
    expect(new Set(texts.values())).toContain("attention")
    expect([...texts.keys()].some((text) => text.includes("subgroupMatrixMultiplyAccumulate"))).toBe(true)
    for (const text of texts.keys()) expect(await nobody.refusal(text)).toBeUndefined()
  })
}
