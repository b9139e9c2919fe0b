import { test } from "vitest"
import { imageDamages, readDamagedImages } from "./damagedImages.ts"
import { expectImages } from "./expectImages.ts"

const perKind = 60

test.each(Object.keys(imageDamages))(
  "%s, sixty times: no crash, no good picture lost, the counts add up",
  async (kind) => expectImages(kind, await readDamagedImages(kind, 100, perKind, 2)),
  300_000,
)
