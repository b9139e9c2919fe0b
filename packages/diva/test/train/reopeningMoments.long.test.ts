import { describe } from "@effect/vitest"
import { moments, testReopened } from "./lostRun.ts"

describe("a machine that is lost", () => {
  testReopened(moments)
})
