import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"

interface Report {
  readonly probes: readonly { readonly name: string; readonly passed: boolean; readonly remedy?: string }[]
  readonly adapter: { readonly limits: Readonly<Record<string, number>>; readonly features: readonly string[] }
  readonly features: readonly { readonly feature: string; readonly state: string; readonly remembered?: boolean }[]
  readonly speed: { readonly copyBytesPerSecond: number; readonly fmaFlopsPerSecond: number }
}

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

describe("diva doctor on this machine's adapter", () => {
  it("finds it usable by real kernels and tells what it is", async () => {
    const { code, text, notes } = await runCli("doctor")
    expect(notes[0]).toBe("running kernels on the adapter …")
    // What a slow machine hears besides is how far the probes have come, or how long it has been at one thing.
    for (const note of notes.slice(1)) expect(note).toMatch(/ \d+\/15 {2}|^running kernels on the adapter … {2}\(for /)
    expect(code).toBe(0)
    expect(text).toMatch(/ok {2}f32 matrix product +error [\d.e-]+, allowed/)
    expect(text).toMatch(/driver +\S/)
    expect(text).toContain(process.versions.node)
    expect(text).toMatch(/Features\n +timestamp-query/)
    expect(text).not.toContain("WRONG")
    expect(text.split("\n").at(-1)).toMatch(/^ready/)
  })

  it("gives the same as data", async () => {
    const { code, out } = await runCli("doctor", "--json", "--again")
    expect(code).toBe(0)
    expect(out).toHaveLength(1)
    const report = JSON.parse(out[0]!) as Report
    expect(report).toMatchObject({ ok: true, node: { version: process.versions.node }, packages: { webgpu: "0.6.2" } })
    expect(report.probes.filter(({ passed }) => !passed)).toEqual([])
    expect(report.adapter.limits["maxStorageBufferBindingSize"]).toBeGreaterThan(0)
    expect(report.features.map(({ feature }) => feature)).toContain("shader-f16")
    expect(report.features.filter(({ remembered }) => remembered === true)).toEqual([])
    expect(report.speed.copyBytesPerSecond).toBeGreaterThan(1e6)
    expect(report.speed.fmaFlopsPerSecond).toBeGreaterThan(1e6)
  })

  it.skipIf(process.platform !== "linux")("without an adapter says what to install, and fails", async () => {
    const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))
    const env = { ...process.env, VK_ICD_FILENAMES: "/nonexistent.json", VK_DRIVER_FILES: "/nonexistent.json" }
    const { status, stdout } = spawnSync(process.execPath, [main, "doctor", "--json"], { env, encoding: "utf8" })
    expect(status).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      verdict: "unusable",
      adapter: null,
      error: { tag: "DeviceUnavailable", remedy: expect.stringContaining("install") },
    })
  })
})
