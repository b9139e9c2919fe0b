import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { divaModels, initialWeights, renderShard, stableDiffusionNoise, type NamedArrays } from "@diva/diva"
import { parseOpenaiClip, parseSdText, parseUnet, parseVae, writeSafetensors } from "@diva/models"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import { temporaryFolder } from "../temporaryFolder.ts"

// The sizes of `tinyRow`: a driver that has compiled the kernels of another test of tiny models has compiled these.
const clip = {
  embed_dim: 40,
  image_resolution: 16,
  vision_layers: 1,
  vision_width: 64,
  vision_patch_size: 8,
  context_length: 77,
  vocab_size: 256,
  transformer_width: 64,
  transformer_heads: 1,
  transformer_layers: 1,
}

const sd = {
  unet: {
    in_channels: 4,
    out_channels: 4,
    block_out_channels: [4, 8],
    layers_per_block: 1,
    cross_attention_dim: 8,
    attention_head_dim: [1, 2],
    use_linear_projection: true,
    down_block_types: ["CrossAttnDownBlock2D", "DownBlock2D"],
    up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D"],
    norm_num_groups: 2,
  },
  vae: {
    block_out_channels: [4, 8],
    layers_per_block: 1,
    latent_channels: 4,
    norm_num_groups: 2,
    down_block_types: ["DownEncoderBlock2D", "DownEncoderBlock2D"],
    up_block_types: ["UpDecoderBlock2D", "UpDecoderBlock2D"],
  },
  text_encoder: {
    hidden_size: 8,
    intermediate_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    hidden_act: "gelu",
    max_position_embeddings: 77,
    vocab_size: 256,
  },
  prompt_ids: {
    template: [254, 84, 181, 67, 84, 33, 255, 0],
    empty: [254, 255, 0, 0, 0, 0, 0, 0],
  },
}

const right = <A>(either: Either<unknown, A>): A => {
  if (E.isRight(either)) return either.right
  throw either.left
}

const bytesOf = (data: ArrayBufferView): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)

const write = async (file: string, arrays: NamedArrays, prefix = ""): Promise<void> => {
  const tensors = [...arrays].map(([name, { shape, data }]) => ({
    name: prefix + name,
    dtype: "F32" as const,
    shape,
    bytes: () => bytesOf(data),
  }))
  right(await writeSafetensors(file, tensors)())
}

/** Everything a training run reads, in one folder, with a configuration file that names it. */
export interface SmallWorld {
  readonly folder: string
  readonly config: string
  readonly out: string
}

/** Writes a shard of scenes, weights of tiny models, and a configuration file whose settings `changes` override. */
export const smallWorld = async (changes: object = {}, folder = temporaryFolder()): Promise<SmallWorld> => {
  const at = (name: string): string => join(folder, name)
  const configs = {
    clip: right(parseOpenaiClip(clip)),
    unet: right(parseUnet(sd.unet)),
    vae: right(parseVae(sd.vae)),
    text: right(parseSdText(sd.text_encoder)),
    noise: stableDiffusionNoise,
  }
  const weights = initialWeights(configs, divaModels(configs), 1)
  await write(at("clip.safetensors"), weights.clip)
  await write(at("unet.safetensors"), weights.unet, "unet.")
  const all = new Map(
    (["unet", "vae", "text"] as const).flatMap((part) =>
      [...weights[part]].map(([name, array]) => [`${part === "text" ? "text_encoder" : part}.${name}`, array] as const),
    ),
  )
  await write(at("sd.safetensors"), all)
  writeFileSync(at("clip.json"), JSON.stringify(clip))
  writeFileSync(at("sd.json"), JSON.stringify(sd))
  await Effect.runPromise(renderShard({ path: at("scenes.tar"), count: 12, seed: 1, size: 24 }))
  const settings = {
    data: at("scenes.tar"),
    clip: at("clip.safetensors"),
    "clip-config": at("clip.json"),
    sd: at("sd.safetensors"),
    "sd-config": at("sd.json"),
    out: at("run"),
    updates: 3,
    batch: 2,
    "images-per-update": 4,
    "reference-accumulation": 2,
    "learning-rate": 0.01,
    "image-size": 16,
    patches: 7,
    ...changes,
  }
  writeFileSync(at("run.json"), JSON.stringify(settings))
  return { folder, config: at("run.json"), out: at("run") }
}
