import { execFile } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { gunzipSync } from "node:zlib"
import { describe, expect, it, vi } from "vitest"
import { temporaryFolder } from "../temporaryFolder.ts"

const path = (name: string): string => fileURLToPath(new URL(`../../../../${name}`, import.meta.url))
const mmvp = path("packages/cli/test/golden/09_mmvp")

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

describe("the page on evaluation", () => {
  const example = readFileSync(path("docs/examples/evaluation.ts"), "utf8")

  it("shows docs/examples/evaluation.ts, which has at most 40 lines", () => {
    const page = readFileSync(path("docs/evaluation.md"), "utf8")
    expect(/```ts\n([\s\S]*?)```/.exec(page)?.[1]).toBe(example)
    expect(example.trimEnd().split("\n").length).toBeLessThanOrEqual(40)
  })

  it("has an example that runs, and says no more than its interval", async () => {
    const folder = temporaryFolder()
    const weights = join(folder, "clip.safetensors")
    writeFileSync(weights, gunzipSync(readFileSync(join(mmvp, "weights_clip.safetensors.gz"))))
    const env = { ...process.env, XDG_CACHE_HOME: folder }
    const args = [path("docs/examples/evaluation.ts"), weights, mmvp]
    const { stdout } = await promisify(execFile)(process.execPath, args, { env })
    expect(stdout).toMatch(/^\d+ against 13 of 18 pairs; 95 % interval of the difference .* points: no difference/m)
  })
})
