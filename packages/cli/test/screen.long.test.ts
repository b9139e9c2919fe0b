import { describe } from "vitest"
import { testClosedPipe } from "./closedPipe.ts"

describe("what reaches a terminal", () => {
  testClosedPipe([
    ["fetch", "--row", "openai-l14-224", "--dry-run"],
    ["verify", "--dry-run"],
  ])
})
