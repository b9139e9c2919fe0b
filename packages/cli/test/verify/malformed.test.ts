import { mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { runCli } from "../runCli.ts"
import { builtIn, copyOf, editJson, flipSign, temporaryFolder } from "../temporaryFolder.ts"

interface Report {
  readonly ok: boolean
  readonly counts: Readonly<Record<string, number>>
  readonly cases: readonly {
    readonly name: string
    readonly kind: string
    readonly status: string
    readonly error?: { readonly tag: string; readonly problem: string; readonly remedy: string }
    readonly groups?: readonly {
      readonly name: string
      readonly passed: boolean
      readonly worst: readonly { readonly name: string }[]
    }[]
  }[]
}

/** Computes on the CPU reference: what is wrong with a folder does not depend on the adapter. */
const verify = async (folder: string, ...cases: readonly string[]) => {
  const { code, text } = await runCli("verify", "--reference", "--json", folder, ...cases)
  return { code, report: JSON.parse(text) as Report }
}

const errorOf = ({ cases }: Report) => cases[0]!.error

describe("a damaged case", () => {
  it("is reported with its error while the others are still computed", async () => {
    const folder = copyOf("text", "schedules")
    writeFileSync(join(folder, "text", "manifest.json"), "{ not json")
    const { code, report } = await verify(folder)
    expect(code).toBe(3)
    expect(report.ok).toBe(false)
    expect(report.counts).toEqual({ passed: 2, failed: 0, error: 1, "not yet supported": 0 })
    expect(report.cases.find(({ name }) => name === "text")?.error?.tag).toBe("CaseInvalid")
  })

  it("with one changed weight fails and names what is off", async () => {
    const folder = copyOf("text")
    flipSign(join(folder, "text", "weights.safetensors"), "text_model.final_layer_norm.weight")
    const { code, report } = await verify(folder)
    expect(code).toBe(3)
    expect(report.cases[0]!.status).toBe("failed")
    expect(report.cases[0]!.groups![0]!.worst[0]!.name).toBe("last_hidden_state")
  })

  it("with one changed expected number fails", async () => {
    const folder = copyOf("schedules")
    editJson(join(folder, "schedules", "lr.json"), (document) => {
      const [first] = document["schedules"] as readonly { readonly lr_used_by_optimizer_step_k: number[] }[]
      first!.lr_used_by_optimizer_step_k[100]! *= 1 + 1e-11
      return document
    })
    const { code, report } = await verify(folder)
    expect(code).toBe(3)
    expect(report.counts).toMatchObject({ passed: 1, failed: 1 })
  })

  it.each(["weights", "inputs", "expected"])("without its %s says which file is missing", async (file) => {
    const folder = copyOf("text")
    rmSync(join(folder, "text", `${file}.safetensors`))
    const { code, report } = await verify(folder)
    expect(code).toBe(3)
    expect(errorOf(report)).toMatchObject({ tag: "FileUnreadable", problem: expect.stringContaining(file) })
    expect(errorOf(report)!.remedy).not.toBe("")
  })

  it("with a truncated file says so", async () => {
    const folder = copyOf("text")
    truncateSync(join(folder, "text", "weights.safetensors"), 20_000)
    expect(errorOf((await verify(folder)).report)!.tag).toBe("ByteRangeInvalid")
  })

  it("without a manifest is not passed over", async () => {
    const folder = copyOf("text")
    rmSync(join(folder, "text", "manifest.json"))
    const { code, report } = await verify(folder)
    expect(code).toBe(3)
    expect(errorOf(report)).toMatchObject({ tag: "CaseInvalid", problem: expect.stringContaining("is missing") })
  })

  const withManifest = (name: string, change: (document: Record<string, unknown>) => unknown): string => {
    const folder = copyOf(name)
    editJson(join(folder, name, "manifest.json"), change)
    return folder
  }

  const withConfig = (name: string, fields: object): string =>
    withManifest(name, (document) => ({ ...document, config: { ...(document["config"] as object), ...fields } }))

  it("of another size than its weights lists the names that differ", async () => {
    const { report } = await verify(withConfig("text", { num_hidden_layers: 3 }))
    expect(errorOf(report)).toMatchObject({ tag: "NamesMismatch", problem: expect.stringContaining("missing") })
  })

  it("with an impossible configuration names the field", async () => {
    const { report } = await verify(withConfig("text", { num_attention_heads: "two" }))
    expect(errorOf(report)).toMatchObject({
      tag: "ConfigInvalid",
      problem: expect.stringContaining("num_attention_heads"),
    })
  })

  it("with an absurd size is refused before anything is described", async () => {
    const { report } = await verify(withConfig("text", { num_hidden_layers: 1e9 }))
    expect(errorOf(report)).toMatchObject({ tag: "CaseInvalid", problem: expect.stringContaining("num_hidden_layers") })
  })

  it("that allows any error is refused", async () => {
    const folder = withManifest("text", (document) => ({ ...document, tolerance: { rel_l2: 1 } }))
    expect(errorOf((await verify(folder)).report)).toMatchObject({
      tag: "CaseInvalid",
      problem: expect.stringContaining("tolerance.rel_l2"),
    })
  })

  it("without suggested bars is held to 20 times the measured error", async () => {
    const folder = withManifest("text", (document) => ({ ...document, tolerance: undefined }))
    const { code, report } = await verify(folder)
    expect(code).toBe(0)
    expect(report.cases[0]!.status).toBe("passed")
  })

  it("that describes nothing is an error, not a pass", async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "manifest.json"), "{}")
    const { code, report } = await verify(folder)
    expect(code).toBe(3)
    expect(errorOf(report)!.tag).toBe("CaseInvalid")
  })
})

describe("a case of a kind that comes later", () => {
  it.each([
    ["MMVP scores without a model", { case: "x", predictions: [] }],
    ["unknown", { case: "x", something: "new" }],
  ])("(%s) is not yet supported, and nothing verified is no success", async (kind, document) => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(document))
    const { code, report } = await verify(folder)
    expect(code).toBe(3)
    expect(report.ok).toBe(false)
    expect(report.cases[0]).toMatchObject({ kind, status: "not yet supported" })
  })

  it("does not keep the others from passing", async () => {
    const folder = copyOf("schedules")
    mkdirSync(join(folder, "later"))
    writeFileSync(join(folder, "later", "manifest.json"), JSON.stringify({ case: "later", something: "new" }))
    const { code, report } = await verify(folder)
    expect(code).toBe(0)
    expect(report.counts).toMatchObject({ passed: 2, "not yet supported": 1 })
  })
})

describe("naming cases", () => {
  it("runs only those", async () => {
    const { report } = await verify(copyOf("text", "schedules"), "schedules/noise")
    expect(report.cases.map(({ name }) => name)).toEqual(["schedules/noise"])
  })

  it("suggests the nearest for a name that is not there", async () => {
    const { code, problem } = await runCli("verify", copyOf("text", "schedules"), "txt")
    expect(code).toBe(2)
    expect(problem).toContain('holds no case "txt"')
    expect(problem).toContain('did you mean "text"?')
  })

  it("takes a case's own folder", async () => {
    const { code, report } = await verify(join(copyOf("text"), "text"))
    expect(code).toBe(0)
    expect(report.cases[0]).toMatchObject({ name: "text", status: "passed" })
  })

  it("finds cases in folders that are links, and in no circle of them", async () => {
    const folder = temporaryFolder()
    symlinkSync(join(builtIn, "text"), join(folder, "linked"))
    symlinkSync(folder, join(folder, "circle"))
    const { report } = await verify(folder)
    expect(report.cases.map(({ name, status }) => [name, status])).toEqual([["linked", "passed"]])
  })

  it("reads files through links", async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, "linked"))
    for (const name of readdirSync(join(builtIn, "text")))
      symlinkSync(join(builtIn, "text", name), join(folder, "linked", name))
    expect((await verify(folder)).report.cases[0]).toMatchObject({ name: "linked", status: "passed" })
  })

  it("says that a folder is not there", async () => {
    const { code, problem } = await runCli("verify", join(temporaryFolder(), "nowhere"))
    expect(code).toBe(6)
    expect(problem).toContain("nowhere")
  })

  it("lists without computing when asked", async () => {
    const { code, text } = await runCli("verify", "--dry-run", copyOf("text", "schedules"))
    expect(code).toBe(0)
    expect(text).toMatch(/text +SD text encoder +would be computed/)
  })
})
