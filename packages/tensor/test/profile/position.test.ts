import { expect, it } from "vitest"
import { shortPosition } from "../../src/text/position.ts"

it("a position keeps its function, file and the folder it lies in", () => {
  expect(shortPosition("block (/home/me/src/vit/block.ts:12:3)")).toBe("block (vit/block.ts:12:3)")
  expect(shortPosition("/home/me/src/vit/block.ts:12:3")).toBe("vit/block.ts:12:3")
  expect(shortPosition("main.ts:1:1")).toBe("main.ts:1:1")
  expect(shortPosition("")).toBe("")
})
