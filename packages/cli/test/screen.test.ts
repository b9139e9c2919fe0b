import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { coloured } from "../src/text/style.ts"
import { withoutStrayControls } from "../src/text/strayControls.ts"
import { testClosedPipe } from "./closedPipe.ts"

describe("what reaches a terminal", () => {
  it("keeps lines, tabs and its own colours, and spells every other control character out", () => {
    const text = `${coloured.bad("red")}\tplain\nnext`
    expect(withoutStrayControls(text, true)).toBe(text)
    expect(withoutStrayControls(text, false)).toBe("\\x1b[31mred\\x1b[0m\tplain\nnext")
    expect(withoutStrayControls("a\u001b]0;title\u0007b\rc\u202e🙂", true)).toBe("a\\x1b]0;title\\x07b\\x0dc\\u202e🙂")
  })

  // Output of a command, help, and what the library prints by itself; other commands are long tests.
  testClosedPipe([
    ["inspect", fileURLToPath(new URL("../../models/test/cases/best_acc.pth", import.meta.url)), "--tensors"],
    ["train", "--help"],
    ["--completions", "bash"],
  ])
})
