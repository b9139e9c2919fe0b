import { readFileSync } from "node:fs"
import { expect, it, vi } from "vitest"

const example = new URL("../../../docs/examples/mlp.ts", import.meta.url)

it("a newcomer's network takes at most 25 lines, without a cast, and tells two moons apart", async () => {
  const lines = readFileSync(example, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("//"))
  expect(lines.length).toBeLessThanOrEqual(25)
  expect(lines.filter((line) => /\bas (?:never|unknown|any|[A-Z])/.test(line))).toEqual([])
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  await import("../../../docs/examples/mlp.ts")
  const text = String(log.mock.calls[0]?.[0])
  expect(Number(text.replace("accuracy ", ""))).toBeGreaterThan(0.98)
})
