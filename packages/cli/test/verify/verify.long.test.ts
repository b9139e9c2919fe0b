import { fileURLToPath } from "node:url"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { builtIn } from "../temporaryFolder.ts"

const trainingCases = (name: string): string =>
  fileURLToPath(new URL(`../../../diva/test/golden/${name}`, import.meta.url))

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

  it.each([
    { name: "04_diva", gradients: ["gradients of the first micro-batch", "accumulated gradients of the first step"] },
    { name: "04_diva_openclip", gradients: ["accumulated gradients of the first step"] },
  ])(
    "passes the training run of $name: first forward pass, gradients, losses, norms, rates and parameters",
    async ({ name, gradients }) => {
      const { code, out } = await runCli("verify", "--json", trainingCases(name))
      const { cases } = JSON.parse(out[0]!) as Report
      expect(cases[0]).toMatchObject({ kind: "DIVA training", status: "passed" })
      const groups = cases[0]!.groups.map((group) => group.name)
      expect(groups.slice(0, 1 + gradients.length)).toEqual(["first forward pass", ...gradients])
      for (const group of ["inner losses", "gradient norms", "learning rates", "final parameters", "total update"])
        expect(groups).toContain(group)
      expect(code).toBe(0)
    },
  )
})
