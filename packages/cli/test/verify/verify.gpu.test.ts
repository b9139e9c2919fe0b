import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { builtIn, copyOf, flipSign } from "../temporaryFolder.ts"

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

describe("diva verify on this machine's adapter", () => {
  it("passes a case and says what it measured and what is allowed", async () => {
    const { code, text } = await runCli("verify", builtIn, "text")
    expect(text).toMatch(/outputs +\d+ tensors? +error [\d.e-]+ +allowed [\d.e-]+/)
    expect(text).toMatch(/1 passed, 0 failed {2}on /)
    expect(code).toBe(0)
  })

  it("gives the same as data", async () => {
    const { code, out } = await runCli("verify", "--json", builtIn, "text")
    expect(code).toBe(0)
    expect(out).toHaveLength(1)
    const report = JSON.parse(out[0]!) as { readonly cases: readonly { readonly name: string }[] }
    expect(report).toMatchObject({ ok: true, counts: { passed: 1, failed: 0, error: 0 } })
    expect(report.cases.find(({ name }) => name === "text")).toMatchObject({
      status: "passed",
      groups: expect.arrayContaining([expect.objectContaining({ name: "outputs", passed: true, failed: 0 })]),
    })
  })

  it("fails a case with one changed weight, names the worst tensors, and says what to try", async () => {
    const folder = copyOf("text")
    flipSign(join(folder, "text", "weights.safetensors"), "text_model.encoder.layers.1.mlp.fc2.bias")
    const { code, text, problem } = await runCli("verify", folder)
    expect(code).toBe(3)
    expect(text).toContain("FAIL  outputs")
    expect(text).toMatch(/last_hidden_state: error [\d.e-]+, allowed 4\.4e-6/)
    expect(text).toContain("0 passed, 1 failed")
    expect(problem).toContain("VerificationFailed")
    expect(problem).toContain("diva verify --reference")
  })
})
