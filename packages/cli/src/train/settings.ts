import type { ClipRow } from "@diva/models"

/** What a training run is made of, as flags and configuration files say it. Paths are relative to the current folder. */
export interface TrainSettings {
  /** Shards: tar files, folders of them, or patterns such as "cc3m/*.tar". Absent with `demo-data`. */
  readonly data?: readonly string[]
  /** Train on rendered scenes instead of `data`. */
  readonly "demo-data": boolean
  /** One of the published models: its architecture and its condition. */
  readonly row?: ClipRow
  /** Weights of CLIP in any format. Absent with `synthetic-weights`. */
  readonly clip?: string
  /** A row's name, or a JSON file with the arguments of openai/CLIP's constructor or OpenCLIP's configuration; the row's own by default. */
  readonly "clip-config"?: string
  /** A folder in diffusers' layout, or one file with `unet.`, `vae.` and `text_encoder.` names. Absent with `synthetic-weights`. */
  readonly sd?: string
  /** A preset's name, or a JSON file with `unet`, `vae` and `text_encoder`; the folder's own where it is left out. */
  readonly "sd-config"?: string
  /** Random weights of the models' names and shapes instead of `clip` and `sd`. */
  readonly "synthetic-weights": boolean
  /** Store the UNet's and the VAE's weights in half precision. */
  readonly "f16-frozen": boolean
  /** Device memory the run may take, as `parseBytes` reads it. */
  readonly "memory-budget"?: string
  readonly out: string
  readonly updates: number
  readonly batch: number
  readonly accumulation: number
  readonly "learning-rate": number
  readonly "warmup-ratio": number
  readonly momentum: number
  readonly seed: number
  readonly "train-steps": number
  readonly "image-size": number
  /** The row's own by default. */
  readonly condition?: ConditionName
  /** Patches drawn by `random-patches`, which it asks for. */
  readonly patches?: number
  readonly "checkpoint-every": number
  readonly "stop-after"?: number
}

export const conditionNames = ["random-patches", "all-patches", "average-pool", "class-only"] as const

export type ConditionName = (typeof conditionNames)[number]

/** Settings as one source gives them: a file, or the flags. */
export type PartialSettings = Partial<TrainSettings>

/** The original's launch script for OpenAI's ViT-L-14 at 224 pixels, on one device. */
export const trainDefaults = {
  out: "runs/train",
  updates: 4600,
  batch: 16,
  accumulation: 40,
  "learning-rate": 1e-4,
  "warmup-ratio": 0.005,
  momentum: 0.9,
  seed: 42,
  "train-steps": 2,
  "image-size": 512,
  "checkpoint-every": 100,
  "demo-data": false,
  "synthetic-weights": false,
  "f16-frozen": false,
} as const satisfies PartialSettings

/** What the original draws for OpenAI's models: 77 tokens with the class token, one for each position of the text. */
export const defaultPatches = 76

/** The models of a run that names none: the first row. */
export const defaultRow = "openai-l14-224" satisfies ClipRow
