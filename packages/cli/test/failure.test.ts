import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { SettingsDiffer } from "@diva/diva"
import { add, attempt, zeros } from "@diva/tensor"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { catalogue, errorsPage, exitCodes, failureOf } from "@diva/cli"
import { renderFailure } from "../src/failure/renderFailure.ts"
import { plain } from "../src/text/style.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))

/** Tags of errors: those of error classes, and those of objects that carry a remedy. */
const tagsIn = (source: string): readonly string[] =>
  [...source.matchAll(/_tag: "([A-Z]\w+)"(?=[^{}]*\bremedy\b)|TaggedError\("(\w+)"/g)].map(
    ([, field, name]) => field ?? name ?? "",
  )

const sources = (): readonly string[] =>
  readdirSync(join(root, "packages"))
    .map((name) => join(root, "packages", name, "src"))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(file, "utf8"))

describe("the catalogue of errors", () => {
  it("knows every tag of every package", () => {
    const used = new Set(sources().flatMap(tagsIn))
    expect(used.size).toBeGreaterThan(30)
    expect([...used].filter((tag) => catalogue[tag] === undefined)).toEqual([])
  })

  it("is the page docs/errors.md, where every tag has an anchor", () => {
    const page = readFileSync(join(root, "docs", "errors.md"), "utf8")
    expect(page).toBe(errorsPage())
    for (const tag of Object.keys(catalogue)) expect(page).toContain(`\n### ${tag}\n`)
  })
})

describe("a failure", () => {
  it("of settings that differ names the flags that give them", () => {
    const { problem, remedy } = failureOf(
      new SettingsDiffer({
        settings: ["loss", "switches.vaeInput", "optimisation.updates", "data.shards"],
        rule: 'the checkpoint was made with other settings: loss "mse", now "l1"',
        remedy: "resume with the settings the run was started with",
      }),
    )
    expect(problem).toContain('loss "mse", now "l1"')
    expect(remedy).toMatch(/^resume with .*\nflags: --loss, --vae-input, --updates/)
  })

  const mismatch = attempt(() => add(zeros([2]), zeros([3])))
  const shown = E.isLeft(mismatch) ? failureOf(mismatch.left) : undefined

  it("of a tensor program keeps operands and place, and has its remedy apart", () => {
    expect(shown).toMatchObject({ tag: "ShapeMismatch", exitCode: exitCodes.program })
    expect(shown!.problem).toContain("f32[2]")
    expect(shown!.problem).toContain("failure.test.ts")
    expect(shown!.problem).not.toContain("try")
    expect(shown!.remedy).not.toBe("")
  })

  it("shows its stack only to those who ask", () => {
    expect(renderFailure(shown!, plain, false)).not.toContain("node:internal")
    expect(renderFailure(shown!, plain, true)).toContain("failure.test.ts")
    expect(renderFailure(shown!, plain, false)).toContain("docs/errors.md#shapemismatch")
  })

  it("says file, tensor and remedy of a weights error", () =>
    expect(
      failureOf({ _tag: "TensorMissing", file: "a.safetensors", key: "w", rule: "is not there", remedy: "look" }),
    ).toEqual({
      tag: "TensorMissing",
      problem: "TensorMissing in a.safetensors, w: is not there",
      remedy: "look",
      exitCode: 6,
    }))

  it("that nobody foresaw is a defect and says so", () => {
    const failure = failureOf(new RangeError("out of paper"))
    expect(failure).toMatchObject({ tag: "Unexpected", exitCode: 1, problem: "Unexpected: out of paper" })
    expect(failure.remedy).toContain("report")
  })
})
