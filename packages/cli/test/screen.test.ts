import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { coloured } from "../src/render/style.ts"
import { withoutStrayControls } from "../src/render/strayControls.ts"

describe("what reaches a terminal", () => {
  it("keeps lines, tabs and its own colours, and spells every other control character out", () => {
    const text = `${coloured.bad("red")}\tplain\nnext`
    expect(withoutStrayControls(text, true)).toBe(text)
    expect(withoutStrayControls(text, false)).toBe("\\x1b[31mred\\x1b[0m\tplain\nnext")
    expect(withoutStrayControls("a\u001b]0;title\u0007b\rc\u202e🙂", true)).toBe("a\\x1b]0;title\\x07b\\x0dc\\u202e🙂")
  })

  it.skipIf(process.platform === "win32").each([
    ["inspect", fileURLToPath(new URL("../../models/test/cases/best_acc.pth", import.meta.url)), "--tensors"],
    ["fetch", "--row", "openai-l14-224", "--dry-run"],
    ["verify", "--dry-run"],
    ["train", "--help"],
    ["--completions", "bash"],
  ])("ends quietly where the reader of a pipe has gone: diva %s %s", (...args) => {
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
    // The reader leaves before a byte is written; the shell tells how the writer ended.
    const command = `{ sleep 0.2; "$0" "$@"; echo "code $?" >&2; } | true`
    const { stderr } = spawnSync("sh", ["-c", command, process.execPath, main, ...args], { encoding: "utf8" })
    expect(stderr).toBe("code 0\n")
  })
})
