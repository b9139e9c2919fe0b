import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { expect, it } from "vitest"

const bits = (effort: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(import.meta.dirname, "chainBits.ts")], {
    encoding: "utf8",
    env: { ...process.env, GALLIVM_PERF: "", ...effort },
  })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout) as Readonly<Record<string, string>>
}

// Quick tests run what LLVM leaves as it is (vitest.config.ts).
it("a software adapter gives the same bits whether or not LLVM makes its code fast", () => {
  const optimised = bits({})
  expect(Object.keys(optimised).length).toBeGreaterThan(5)
  expect(bits({ GALLIVM_PERF: "nopt" })).toEqual(optimised)
})
