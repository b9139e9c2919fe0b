import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { fullTraining } from "../gpu/fullTraining.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

it("npm run gpu works on whatever adapter is here", { timeout: 300_000 }, () => {
  const out = mkdtempSync(join(tmpdir(), "diva-gpu-test-"))
  try {
    const args = ["scripts/gpu/main.ts", "--small", "--out", out, "--only", "doctor,steps,kernels"]
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
    expect(stdout).toContain(`results are in ${out}`)
    expect(status).toBe(0)
    const summary = readFileSync(join(out, "summary.txt"), "utf8")
    expect(summary).toMatch(/verdict: ready/)
    expect(summary).toMatch(/highest, batch 1: [\d.]+ ms a micro-step/)
    const steps = JSON.parse(readFileSync(join(out, "steps.json"), "utf8")) as {
      readonly data: { readonly steps: readonly Readonly<Record<string, unknown>>[] }
    }
    expect(steps.data.steps).toMatchObject([{ step: "demo", batch: 1, precision: "highest" }])
    expect(steps.data.steps[0]!["dispatches"]).toBeGreaterThan(100)
    for (const kernel of ["product 64×64×64 NN", "convolution 8@8²", "attentionKeys 1×32×16"])
      expect(summary).toMatch(new RegExp(`${kernel}, highest: [\\d.]+ ms`))
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
})

it("its training is one that the command takes", { timeout: 300_000 }, () => {
  const out = mkdtempSync(join(tmpdir(), "diva-gpu-test-"))
  try {
    const args = ["packages/cli/src/main.ts", ...fullTraining(1, out), "--dry-run"]
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
    expect(stdout).not.toContain('"error"')
    expect(status).toBe(0)
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
})
