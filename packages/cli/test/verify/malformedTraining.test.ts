import { cpSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { runCli } from "../runCli.ts"
import { editJson, temporaryFolder } from "../temporaryFolder.ts"

const golden = fileURLToPath(new URL("../../../diva/test/golden/04_diva", import.meta.url))

/** A copy of the training case, whose trainer's settings `changes` override. */
const changed = (changes: object = {}): string => {
  const folder = temporaryFolder()
  cpSync(golden, folder, { recursive: true })
  editJson(join(folder, "openai", "manifest.json"), (document) => ({
    ...document,
    trainer: { ...(document["trainer"] as object), ...changes },
  }))
  return folder
}

const errorOf = async (folder: string) => {
  const { code, text } = await runCli("verify", "--reference", "--json", folder)
  expect(code).toBe(3)
  const { cases } = JSON.parse(text) as { readonly cases: readonly { readonly error?: object }[] }
  return cases[0]!.error
}

describe("a damaged training case", () => {
  it.each([
    [{ max_steps: 1e9 }, "too many for a case"],
    [{ batch_size: 100 }, "images"],
    [{ gradient_accumulation_steps: 0 }, "trainer.gradient_accumulation_steps"],
    [{ train_steps: "two" }, "trainer.train_steps"],
  ])("with %j is refused before anything is computed", async (changes, problem) =>
    expect(await errorOf(changed(changes))).toMatchObject({
      tag: "CaseInvalid",
      problem: expect.stringContaining(problem),
    }),
  )

  it("without the diffusion model it shares with its family says where it looked", async () => {
    const folder = changed()
    rmSync(join(folder, "sd.safetensors"))
    expect(await errorOf(folder)).toMatchObject({
      tag: "CaseInvalid",
      problem: expect.stringContaining("sd.safetensors"),
    })
  })

  it("cannot lead to files elsewhere", async () => {
    const folder = changed()
    editJson(join(folder, "openai", "manifest.json"), (document) => ({
      ...document,
      sd_weights_file: "../../../../etc/passwd",
    }))
    expect(await errorOf(folder)).toMatchObject({
      tag: "CaseInvalid",
      problem: expect.stringContaining("neither in the case's folder nor in the one above"),
    })
  })

  it("without the draws of a step says which", async () => {
    expect(await errorOf(changed({ train_steps: 3 }))).toMatchObject({
      tag: "CaseUnusable",
      problem: expect.stringContaining("inner2"),
    })
  })

  it("of a flavour that does not exist says which comes near", async () => {
    const folder = changed()
    editJson(join(folder, "openai", "manifest.json"), (document) => ({ ...document, flavour: "siglip7" }))
    expect(await errorOf(folder)).toMatchObject({
      tag: "CaseUnusable",
      remedy: 'did you mean "siglip6"?',
    })
  })
})
