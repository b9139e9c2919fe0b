import { encodePng } from "@diva/models"
import * as E from "fp-ts/lib/Either.js"
import { expect, test } from "vitest"
import { startThread } from "../../../src/data/decode/decodeThread.ts"

const bytes = await encodePng({ width: 2, height: 2, data: new Uint8Array(12) })

test("a thread that ends unasked says so for every picture it held", async () => {
  let told = 0
  const thread = startThread(() => told++)
  // No thread can make this of a picture: it ends by the error.
  const task = { _tag: "Preset", preset: null } as never
  const outcomes = await Promise.all([thread.make(bytes, "a", task), thread.make(bytes, "b", task)])
  expect(outcomes.map((outcome) => E.isLeft(outcome) && outcome.left._tag)).toEqual(["ThreadEnded", "ThreadEnded"])
  expect(told).toBeGreaterThan(0)
  expect(thread.load()).toBe(0)
  await thread.end()
})
