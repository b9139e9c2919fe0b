import { afterAll, beforeAll, expect, it } from "vitest"
import { subjects, textsOf } from "./attentionTexts.ts"
import { makers, type SubjectsFor } from "./matrixCases.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"

const inVectors = subjects.filter(([name]) => name !== "heads of 30" && name !== "a head of 512")

/** Tests that all texts of attention by neighbours in subgroups are valid, of these subjects. */
export const testShuffledAttentionTexts = (subjectsFor: SubjectsFor): void => {
  let nobody: NullDevice
  beforeAll(async () => {
    nobody = await openNullDevice()
  })
  afterAll(() => nobody.close())

  it.each(makers.flatMap((maker) => subjectsFor(maker, inVectors).map((subject) => [maker, ...subject] as const)))(
    "every tile of neighbours in %s's subgroups is valid WGSL for attention and its gradients: %s",
    async (maker, _name, subject) => {
      const texts = await textsOf(nobody, maker, "highest", "shuffled", subject)
      expect(new Set(texts.values())).toEqual(new Set(["attention", "attentionQueries", "attentionKeys"]))
      for (const text of texts.keys()) expect(await nobody.refusal(text)).toBeUndefined()
    },
  )
}
