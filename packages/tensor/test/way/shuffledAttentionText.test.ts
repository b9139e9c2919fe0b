import { afterAll, beforeAll, expect, it } from "vitest"
import { subjects, textsOf } from "./attentionTexts.ts"
import { quickSubjects } from "./matrixCases.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"
import { testShuffledAttentionTexts } from "./shuffledAttentionTexts.ts"

let nobody: NullDevice
beforeAll(async () => {
  nobody = await openNullDevice()
})
afterAll(() => nobody.close())

testShuffledAttentionTexts(quickSubjects)

it("leaves heads to others whose rows are no whole vectors", async () => {
  const [, odd] = subjects.find(([name]) => name === "heads of 30")!
  expect([...(await textsOf(nobody, "nvidia", "highest", "shuffled", odd)).keys()]).toEqual([])
})
