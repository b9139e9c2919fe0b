import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** A machine like the one it is for: no PATH, no network asked for, another home. */
const there = (folder: string, to: string, args: readonly string[]) =>
  spawnSync("/bin/bash", [join(folder, "run.sh"), ...args], { env: { TO: to, HOME: to }, encoding: "utf8" })

describe.skipIf(process.platform !== "linux" || process.arch !== "x64")("a packed folder", () => {
  let folder: string
  let packed: ReturnType<typeof spawnSync>
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "diva-packed-test-"))
    const args = ["scripts/gpu/main.ts", "--pack", join(folder, "packed")]
    packed = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
  }, 900_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("weighs no more than 60 MiB", () => {
    expect(packed.stderr).toBe("")
    expect(packed.status).toBe(0)
    expect(String(packed.stdout)).toMatch(/[\d.]+ MiB; there: bash run.sh/)
  })

  it("examines the adapter and runs op tests with nothing but a shell around it", { timeout: 600_000 }, () => {
    const doctor = there(join(folder, "packed"), join(folder, "there"), ["diva", "doctor"])
    expect(doctor.stdout).toMatch(/ready/)
    const args = ["--only", "doctor,op-tests", "--small"]
    const parts = there(join(folder, "packed"), join(folder, "there"), args)
    expect(parts.stdout).toMatch(/op tests of tensor, a few — done/)
    expect(parts.stdout).toMatch(/3 passed, 0 failed/)
    expect(parts.status).toBe(0)
  })
})
