import { expect, test } from "vitest"
import { imageDamages, readDamagedImages } from "./damagedImages.ts"
import { expectImages } from "./expectImages.ts"

test("there are twenty kinds of damage to pictures", () => expect(Object.keys(imageDamages)).toHaveLength(20))

test.each(Object.keys(imageDamages))("of pictures with %s no good one is lost, and the counts add up", async (kind) => {
  expectImages(kind, await readDamagedImages(kind, 1, 12))
})
