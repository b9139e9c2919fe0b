import { fileURLToPath } from "node:url"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { builtIn } from "../temporaryFolder.ts"

const trainingCases = fileURLToPath(new URL("../../../diva/test/golden/04_diva", import.meta.url))

/** Cases of PyTorch's numbers that stand beside the models. */
const modelCases = fileURLToPath(new URL("../../../models/test/golden", import.meta.url))

interface Report {
  readonly cases: readonly { readonly groups: readonly { readonly name: string }[] }[]
}

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

describe("diva verify on this machine's adapter", () => {
  it("passes the built-in cases and says what it measured and what is allowed", async () => {
    const { code, text } = await runCli("verify")
    expect(text).toMatch(/unet {2}SD UNet {2}passed/)
    expect(text).toMatch(/gradients +444 tensors +error [\d.e-]+ +allowed [\d.e-]+ +worst param\./)
    expect(text).toMatch(/5 passed, 0 failed {2}on /)
    expect(code).toBe(0)
  })

  it("holds the models' own cases to outputs, activations and the gradients that their manifests name", async () => {
    const { code, out } = await runCli("verify", "--json", modelCases, "02a_openai_clip", "02c_siglip", "02d_unet")
    const { cases } = JSON.parse(out[0]!) as Report
    expect(cases.map(({ groups }) => groups.map(({ name }) => name))).toEqual(
      [1, 2, 3].map(() => ["outputs", "activations", "gradients"]),
    )
    expect(code).toBe(0)
  })

  it("gives the same as data", async () => {
    const { code, out } = await runCli("verify", "--json", builtIn, "unet")
    expect(code).toBe(0)
    expect(out).toHaveLength(1)
    const report = JSON.parse(out[0]!) as { readonly cases: readonly { readonly name: string }[] }
    expect(report).toMatchObject({ ok: true, counts: { passed: 1, failed: 0, error: 0 } })
    expect(report.cases.find(({ name }) => name === "unet")).toMatchObject({
      kind: "SD UNet",
      status: "passed",
      groups: [
        { name: "outputs", passed: true },
        { name: "activations", passed: true },
        { name: "gradients", passed: true, count: 444, failed: 0 },
      ],
    })
  })

  it("passes a whole training run: first forward pass, gradients, losses, norms, rates and parameters", async () => {
    const { code, out } = await runCli("verify", "--json", trainingCases)
    const { cases } = JSON.parse(out[0]!) as Report
    expect(cases[0]).toMatchObject({ kind: "DIVA training", status: "passed" })
    expect(cases[0]!.groups.map(({ name }) => name)).toEqual([
      "first forward pass",
      "gradients of the first micro-batch",
      "accumulated gradients of the first step",
      "inner losses",
      "gradient norms",
      "learning rates",
      "parameters after 2 steps",
      "final parameters",
      "total update",
    ])
    expect(code).toBe(0)
  })
})
