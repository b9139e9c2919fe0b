import { gunzipSync } from "node:zlib"
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it, vi } from "vitest"
import { runCli } from "../runCli.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

const mmvp = fileURLToPath(new URL("../golden/09_mmvp", import.meta.url))

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

/** The small CLIP as a file of its own. */
const smallClip = (folder: string): string => {
  const file = join(folder, "clip.safetensors")
  writeFileSync(file, gunzipSync(readFileSync(join(mmvp, "weights_clip.safetensors.gz"))))
  return file
}

const expected = JSON.parse(readFileSync(join(mmvp, "expected_metaclip.json"), "utf8")) as {
  readonly predictions: readonly (readonly string[])[]
  readonly scores_percent: Readonly<Record<string, number>>
}

describe("diva eval on this machine's adapter", () => {
  it("scores the reference's pairs as the reference does, keeps files, and compares results", async () => {
    const folder = temporaryFolder()
    const [clip, out, cache] = [smallClip(folder), join(folder, "scores"), join(folder, "cache")]
    const common = [
      "--data",
      mmvp,
      "--row",
      "metaclip-l14-224",
      "--clip-config",
      join(folder, "clip.json"),
      "--cache",
      cache,
    ]
    const document = JSON.parse(readFileSync(join(mmvp, "expected_metaclip.json"), "utf8"))
    writeFileSync(join(folder, "clip.json"), JSON.stringify(document.clip_config))
    const { code, text, problem } = await runCli("eval", "mmvp", clip, ...common, "--out", out)
    expect(problem).not.toContain("error")
    expect(code).toBe(0)
    expect(text).toMatch(/average .* 13 of 18 .* 10 of 18/)
    expect(text).toContain("percent of pairs solved [95 % interval over pairs]")

    const written = JSON.parse(readFileSync(join(out, "pred_result_diva_metaclip.json"), "utf8"))
    expect(written.results_before[clip]).toEqual(expected.scores_percent)
    const rows = readFileSync(join(out, "Prediction_Results_diva_metaclip.csv"), "utf8").trim().split("\r\n").slice(1)
    for (const [i, row] of rows.map((line) => line.split(",")).entries()) {
      expect(row.slice(0, 6)).toEqual(expected.predictions[i]!.slice(0, 6))
      expect(Math.abs(Number(row[6]) - Number(expected.predictions[i]![6]))).toBeLessThan(2e-3)
    }

    const same = await runCli("eval", "compare", out, out)
    expect(same.code).toBe(0)
    expect(same.text.match(/: no difference$/gm)).toHaveLength(2)

    const again = await runCli("eval", "compare", clip, clip, ...common, "--scoring", "stock", "--json")
    const { comparisons, drift } = JSON.parse(again.out[0]!)
    expect(comparisons[0].verdict).toMatch(/no difference$/)
    expect(drift.images.value).toBeCloseTo(1, 6)
    expect(again.problem).toContain('"cached":36')
  })

  it("reads scores in the ways that --scoring, --category and --fit name, where paper and code disagree", async () => {
    const folder = temporaryFolder()
    const [clip, data] = [smallClip(folder), join(folder, "mmvp")]
    cpSync(mmvp, data, { recursive: true })
    const questions = join(data, "MMVP_VLM/Questions.csv")
    const [header, ...rows] = readFileSync(questions, "utf8").trim().split("\n")
    // The last pair's type is given as the paper has it for the seventh category.
    const typed = rows.map((row, i) =>
      i < rows.length - 2 ? row : row.replace(/,[^,]*,/, ",Structural and Physical Characteristics,"),
    )
    writeFileSync(questions, [header, ...typed, ""].join("\n"))
    const scored = async (...flags: readonly string[]) => {
      const args = ["--data", data, "--flavour", "siglip6", "--cache", join(folder, "cache"), "--json", ...flags]
      const { code, text } = await runCli("eval", "mmvp", clip, ...args)
      expect(code).toBe(0)
      return JSON.parse(text)
    }
    interface Scored {
      readonly scorings: readonly [{ readonly pairs: readonly { readonly logits: unknown }[] }]
    }
    const logits = ({ scorings: [{ pairs }] }: Scored) => JSON.stringify(pairs.map((pair) => pair.logits))
    const rules = (report: { readonly scorings: readonly { readonly rule: string }[] }) =>
      report.scorings.map(({ rule }) => rule)

    const stock = await scored("--scoring", "stock")
    expect(rules(stock)).toEqual(["stock"])
    expect(rules(await scored())).toEqual(["stock", "diva siglip"])
    expect(logits(await scored("--scoring", "diva"))).toBe(logits(stock))
    const first = await scored("--scoring", "first-published")
    expect(rules(first)).toEqual(["diva siglip, first published"])
    expect(logits(first)).not.toBe(logits(stock))

    expect(stock.scorings[0].pairs.at(-1).category).toBe("Viewpoint and Perspective")
    const byType = await scored("--scoring", "stock", "--category", "type")
    expect(byType.scorings[0].pairs.at(-1).category).toBe("Structural Characteristics")

    const squashed = await scored("--scoring", "stock", "--fit", "squash")
    expect(squashed.subject.preprocessing).not.toBe(stock.subject.preprocessing)
    expect(logits(squashed)).not.toBe(logits(stock))
  })

  it("says what it would score without scoring it", async () => {
    const clip = smallClip(temporaryFolder())
    const { code, out } = await runCli("eval", "mmvp", clip, "--data", mmvp, "--dry-run", "--json")
    expect(code).toBe(0)
    expect(JSON.parse(out[0]!)).toMatchObject({ flavour: "openai", pairs: 18, scoring: "both", draws: 1, seed: 42 })
  })

  it("finds data sets where diva fetch puts them, and says so where they are not", async () => {
    const folder = temporaryFolder()
    const clip = smallClip(folder)
    cpSync(mmvp, join(folder, "dataset/MMVP_VLM"), { recursive: true })
    const cifar = join(folder, "dataset/benchmarks/wds_vtab-cifar10")
    mkdirSync(join(cifar, "test"), { recursive: true })
    writeFileSync(join(cifar, "dataset_type.txt"), "retrieval")
    const before = process.cwd()
    try {
      process.chdir(folder)
      const scored = await runCli("eval", "mmvp", clip, "--dry-run", "--json")
      expect(JSON.parse(scored.out[0]!)).toMatchObject({ pairs: 18 })
      expect((await runCli("eval", "all", clip, "--dry-run")).text).toContain("dataset/benchmarks/wds_vtab-cifar10")
      const named = await runCli("eval", "classify", clip, "--data", "cifar10")
      expect(named.problem).toContain("dataset/benchmarks/wds_vtab-cifar10")
      rmSync(join(folder, "dataset"), { recursive: true })
      expect((await runCli("eval", "mmvp", clip)).problem).toContain("diva fetch --mmvp")
    } finally {
      process.chdir(before)
    }
  })

  it.each([
    ["weights that are not there", ["eval", "mmvp", "nowhere.pt", "--data", mmvp], 6, "FileUnreadable"],
    [
      "a folder without questions",
      ["eval", "mmvp", "x", "--data", fileURLToPath(new URL(".", import.meta.url))],
      6,
      "DataSetInvalid",
    ],
    ["weights without data", ["eval", "compare", "a.pt", "b.pt"], 2, "NothingToCompareOn"],
  ])("refuses %s", async (_, args, code, tag) => {
    const ended = await runCli(...args)
    expect(ended.code).toBe(code)
    expect(ended.problem).toContain(tag)
  })
})
