import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { exitCodes } from "@diva/cli"
import { worldModels } from "@diva/diva"
import { runCli } from "../runCli.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

const size = 16

const levels = (channels: readonly number[], down: string, up: string) => ({
  block_out_channels: channels,
  down_block_types: channels.map(() => down),
  up_block_types: channels.map(() => up),
  norm_num_groups: 2,
})

/** The world's models with the smallest sizes that have everything. */
const configs = {
  clip: {
    ...worldModels.clip,
    embed_dim: 8,
    vision_cfg: { image_size: size, patch_size: 8, width: 16, layers: 1, head_width: 8 },
    text_cfg: { context_length: 24, vocab_size: 540, width: 8, heads: 2, layers: 1 },
  },
  vae: { ...worldModels.vae, ...levels([4, 8], "DownEncoderBlock2D", "UpDecoderBlock2D") },
  attributes: { ...worldModels.attributes, ...levels([4, 8], "DownEncoderBlock2D", "UpDecoderBlock2D") },
  diffusion: {
    ...worldModels,
    unet: {
      ...worldModels.unet,
      ...levels([4, 8], "CrossAttnDownBlock2D", "CrossAttnUpBlock2D"),
      attention_head_dim: [1, 2],
      cross_attention_dim: 8,
    },
    text_encoder: {
      ...worldModels.text_encoder,
      hidden_size: 8,
      intermediate_size: 16,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      vocab_size: 540,
    },
  },
}

/** As typed: a run's manifest keeps the process's own command line. */
const succeeds = async (...args: readonly string[]): Promise<string> => {
  process.argv = [...process.argv.slice(0, 2), ...args]
  const { code, text, problem } = await runCli(...args)
  expect(`${code} ${code === exitCodes.success ? "" : problem}`).toBe(`${exitCodes.success} `)
  return text
}

describe("the whole way through a world of one's own", () => {
  it("goes from scenes over a CLIP, a VAE, a diffusion model and a judge to training, scores and a report", async () => {
    const folder = temporaryFolder()
    const at = (...names: readonly string[]): string => join(folder, ...names)
    const pixels = ["--image-size", String(size)]
    const scenes = (captions: string) =>
      succeeds("data", "scenes", "--count", "24", "--size", String(size), "--captions", captions, "--out", at(captions))
    await scenes("web")
    await scenes("full")
    const pretrain = async (kind: keyof typeof configs, data: string, ...more: readonly string[]) => {
      writeFileSync(at(`${kind}.json`), JSON.stringify(configs[kind]))
      const given = ["--data", at(data, "*.tar"), "--out", at("runs", kind), "--config", at(`${kind}.json`)]
      await succeeds("pretrain", kind, ...given, ...pixels, "--updates", "2", "--batch", "4", ...more)
      return at("runs", kind, kind)
    }
    const clip = await pretrain("clip", "web", "--one-patch-in", "2")
    const vae = await pretrain("vae", "full")
    const sd = await pretrain("diffusion", "full", "--vae", vae)
    const judge = await pretrain("attributes", "full")

    const pairs = at("pairs")
    await succeeds("data", "pairs", "--pairs", "1", "--size", String(size), "--out", pairs)
    const few = ["--count", "2", "--steps", "2", "--batch", "2", "--size", String(size)]
    const drawn = await succeeds("eval", "samples", sd, "--attributes", judge, "--clip", clip, ...few, "--json")
    expect(JSON.parse(drawn)).toMatchObject({ count: 2, samples: { objects: { count: 2 } } })

    const run = at("run")
    const feedback = ["--updates", "2", "--batch", "2", "--images-per-update", "2", "--condition", "class-only"]
    const sources = ["--data", at("web", "*.tar"), "--clip", clip, "--sd", sd, "--out", run]
    await succeeds("train", ...sources, ...pixels, ...feedback, "--pictures", "0")
    expect(existsSync(join(run, "pictures"))).toBe(false)
    const scored = await succeeds("eval", "mmvp", run, "--base", clip, "--data", pairs, "--scoring", "stock", "--json")
    expect(JSON.parse(scored).scorings[0].pairs).toHaveLength(9)

    await succeeds("report", run, "--pictures", "--mmvp", pairs)
    const page = readFileSync(join(run, "report.html"), "utf8")
    expect(page.match(/src="data:image\/png;base64,/g)).toHaveLength(2 * 4)
    expect(page).toContain("after update 2")
    expect(page).toContain("Pairs that turned in run, stock")
    expect(page).toMatch(/solved only after: \d+/)
    expect(page).not.toMatch(/(src|href)=["']?(https?:)?\/\//)
  })

  it("says why it makes no pictures of a run on random weights", async () => {
    const folder = temporaryFolder()
    const manifest = {
      format: "diva-run",
      version: 1,
      settings: { seed: 1, imagesPerUpdate: 1, batchSize: 1, optimisation: { updates: 1 } },
      weights: {},
      data: {},
      launches: [
        {
          started: "2024-01-01T00:00:00.000Z",
          ended: null,
          outcome: "finished",
          commandLine: ["train", "--row", "openai-l14-224", "--synthetic-weights", "--demo-data", "--out", folder],
          machine: { vendor: "", architecture: "", description: "", isSoftware: true },
        },
      ],
    }
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest))
    const { code, problem } = await runCli("report", folder, "--pictures")
    expect(code).toBe(exitCodes.usage)
    expect(problem).toContain("random weights, which draw nothing")
  })
})
