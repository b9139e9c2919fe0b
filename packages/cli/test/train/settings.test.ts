import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { requireScore } from "../../src/eval/scoringObservers.ts"
import { renderLossMove, sparkline } from "../../src/render/train/lossSummary.ts"
import { plain } from "../../src/text/style.ts"
import { parseBytes, settingNames } from "@diva/diva"
import { runCli } from "../runCli.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { smallWorld } from "./smallWorld.ts"

const configured = (settings: unknown): string => {
  const file = join(temporaryFolder(), "run.json")
  writeFileSync(file, typeof settings === "string" ? settings : JSON.stringify(settings))
  return file
}

const problemOf = async (settings: unknown, ...flags: readonly string[]) =>
  runCli("train", "--config", configured(settings), "--dry-run", ...flags)

describe("settings of a run", () => {
  it("are flags and configuration names alike", async () => {
    const { text } = await runCli("train", "--help")
    for (const name of settingNames) expect(text).toContain(`--${name} `)
  })

  it("come from files that Windows tools touched, and from the wrapper that lies beside every OpenCLIP model", async () => {
    const { config, folder } = await smallWorld()
    const bare = {
      embed_dim: 40,
      vision_cfg: { image_size: 16, layers: 1, width: 64, patch_size: 8 },
      text_cfg: { context_length: 77, vocab_size: 256, width: 64, heads: 1, layers: 1 },
    }
    const planned = async (name: string, content: string) => {
      writeFileSync(join(folder, name), content)
      return runCli("train", "--config", config, "--clip-config", join(folder, name), "--dry-run", "--json")
    }
    const plain = await planned("bare.json", JSON.stringify(bare))
    expect(plain.code).toBe(0)
    const wrapped = JSON.stringify({ model_cfg: bare, preprocess_cfg: {} }, null, 2).replaceAll("\n", "\r\n")
    const { text } = await planned("open_clip_config.json", `\ufeff${wrapped}`)
    expect(text.replaceAll("open_clip_config.json", "bare.json")).toBe(plain.text)
  })

  it("that are missing are named", async () => {
    const { code, problem } = await problemOf({ data: "x.tar" })
    expect(code).toBe(2)
    expect(problem).toContain('ConfigInvalid: "clip" is not given')
    expect(problem).toContain("give --clip")
  })

  it("that do not exist are suggested", async () => {
    const { code, problem } = await problemOf({ "learing-rate": 1 })
    expect(code).toBe(2)
    expect(problem).toContain('there is no setting "learing-rate"')
    expect(problem).toContain('did you mean "learning-rate"?')
  })

  it.each([
    ["updates", 0],
    ["updates", 1.5],
    ["learning-rate", "fast"],
    ["warmup-ratio", 2],
    ["image-size", 20],
    ["condition", "random"],
    ["data", []],
    ["memory-budget", "much"],
    ["memory-budget", "0GiB"],
    ["memory-budget", 8],
    ["data-order", "reservoir(0)"],
    ["data-order", "webdataset(10, 2.5)"],
    ["max-bad-rate", 1.5],
    ["truncated", "keep"],
    ["keep-checkpoints", 0],
    ["workers", -1],
  ])("%s cannot be %j", async (name, value) => {
    const { code, problem } = await problemOf({ [name]: value })
    expect(code).toBe(2)
    expect(problem).toContain(`"${name}" needs`)
  })

  it("in a file that is no JSON object are refused, naming the file", async () => {
    expect((await problemOf("{ updates")).problem).toContain("run.json: is not JSON")
    expect((await problemOf([1])).problem).toContain("is not a JSON object")
  })

  it("in a file that is not there are refused", async () => {
    const { code, problem } = await runCli("train", "--config", join(temporaryFolder(), "none.json"))
    expect(code).toBe(6)
    expect(problem).toContain("FileUnreadable")
  })

  it("by flag win over those in the file", async () => {
    const { config } = await smallWorld()
    const { text } = await runCli("train", "--config", config, "--dry-run", "--updates", "7")
    expect(text).toContain("7 updates into")
  })
})

describe("a run that is to be scored", () => {
  it("and names nothing to be scored on is refused, with what to do about it", async () => {
    const { config } = await smallWorld()
    const scored = (...flags: readonly string[]) => runCli("train", "--config", config, "--dry-run", ...flags)
    const nothing = await scored("--eval-every", "10")
    expect([nothing.code, nothing.problem]).toEqual([2, expect.stringContaining("diva fetch --mmvp")])
    const never = await scored("--keep-best", "MMVP")
    expect([never.code, never.problem]).toEqual([2, expect.stringContaining("give --eval-every")])
    const nowhere = await scored("--eval-every", "10", "--eval-mmvp", "nowhere")
    expect([nowhere.code, nowhere.problem]).toEqual([6, expect.stringContaining("DataSetInvalid")])
  })

  it("keeps the best by what is scored, alone", async () => {
    const names = ["MMVP/stock", "MMVP/diva", "vtab-cifar10/acc1"]
    const required = (by: string | undefined) => Effect.runPromise(Effect.result(requireScore(by, names)))
    for (const by of [undefined, "loss", "MMVP", "MMVP/diva", "vtab-cifar10", "vtab-cifar10/acc1"])
      expect(await required(by)).toMatchObject({ _tag: "Success" })
    expect(await required("mmvp")).toMatchObject({
      failure: { field: "keep-best", remedy: 'did you mean "MMVP"?' },
    })
    expect(await required("imagenet1k")).toMatchObject({ failure: { remedy: expect.stringContaining("MMVP/stock") } })
  })
})

describe("a call of the original", () => {
  it("behind --from-original is told argument by argument; files weigh less than it, flags before it more", async () => {
    const { config, folder } = await smallWorld()
    const call = [
      "--from-original",
      "run_DIVA_with_OpenAICLIP.py",
      "--max_steps",
      "9",
      "--seed",
      "3",
      "--json",
      "--run_name",
      "x",
    ]
    const wrong = await runCli("train", "--config", config, "--dry-run", ...call)
    expect([wrong.code, wrong.problem]).toEqual([2, expect.stringContaining("no argument --json")])
    const own = ["--out", join(folder, "out"), "--seed", "4", "--images-per-update", "4", "--batch", "2"]
    const { code, text, problem } = await runCli(
      "train",
      "--config",
      config,
      "--dry-run",
      ...own,
      ...call.toSpliced(-3, 1),
    )
    expect(code).toBe(0)
    expect(problem).toMatch(/--max_steps 9 +--updates 9/)
    expect(problem).toMatch(/--run_name x +nothing: an option of its trainer/)
    expect(text).toContain("9 updates into")
    expect(text).toMatch(/seed +4 +flag/)
    expect(text).toMatch(/updates +9 +the original's call/)
  })
})

describe("a memory budget", () => {
  it.each([
    ["8GiB", 8 * 2 ** 30],
    ["8G", 8 * 2 ** 30],
    [" 8192 MiB ", 8 * 2 ** 30],
    ["8g", 8 * 2 ** 30],
    ["0.5gib", 2 ** 29],
    ["8GB", 8e9],
    ["1048576", 2 ** 20],
    ["512b", 512],
  ])("of %s is read", (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes)
  })

  it.each(["", "GiB", "8 gibibytes", "-1G", "1e3M", "0", "8Gi b"])("of %j is not", (text) => {
    expect(parseBytes(text)).toBeNull()
  })

  it("is told with what was chosen within it", async () => {
    const { config } = await smallWorld()
    const { code, text } = await runCli("train", "--config", config, "--dry-run", "--memory-budget", "1GiB")
    expect(code).toBe(0)
    expect(text).toMatch(/computed +2 images together, 2 draws together/)
    expect(text).toMatch(/peak memory .* of 1 GiB given/)
  })

  it("that nothing fits is refused with the least that would do", async () => {
    const { config } = await smallWorld()
    const flags = ["--batch", "1", "--train-steps", "1", "--memory-budget", "64KiB"]
    const { code, problem } = await runCli("train", "--config", config, "--dry-run", ...flags)
    expect(code).toBe(2)
    expect(problem).toContain("MemoryBudgetTooSmall")
    expect(problem).toMatch(/give \d+MiB/)
  }, 60_000)
})

describe("models of a run", () => {
  it("by a preset that does not exist are suggested", async () => {
    const { config } = await smallWorld({ "clip-config": "openai-l14-225" })
    const { code, problem } = await runCli("train", "--config", config, "--dry-run")
    expect(code).toBe(2)
    expect(problem).toContain('did you mean "openai-l14-224"?')
  })

  it("with another model's weights list the names that differ", async () => {
    const { config, folder } = await smallWorld()
    const { code, problem } = await runCli("train", "--config", config, "--clip", join(folder, "unet.safetensors"))
    expect(code).toBe(6)
    expect(problem).toContain("NamesMismatch")
    expect(problem).toContain("visual.")
  })

  it("without data say where they looked", async () => {
    const { config, folder } = await smallWorld()
    const { code, problem } = await runCli("train", "--config", config, "--data", join(folder, "nothing-*.tar"))
    expect(code).toBe(6)
    expect(problem).toContain("ShardsNotFound")
    expect(problem).toContain("nothing-*.tar")
  })
})

describe("how the loss moved", () => {
  it("compares means of the first and last tenth", () => {
    const losses = Array.from({ length: 20 }, (_, i) => (i < 2 ? 2 : i >= 18 ? 1 : 5))
    expect(renderLossMove(losses, plain)).toContain(
      "loss 2.0000 → 1.0000  (-50.0 %, means of the first and last 2 of 20 updates)",
    )
  })

  it("draws a falling curve as falling", () => expect(sparkline([3, 2, 1], 10)).toBe("█▅▁"))

  it("draws no more than the width", () => expect(sparkline(new Array<number>(500).fill(1), 60)).toHaveLength(60))
})
