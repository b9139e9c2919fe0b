/** What a training run is made of, as flags and configuration files say it. Paths are relative to the current folder. */
export interface TrainSettings {
  /** Shards: tar files, folders of them, or patterns such as "cc3m/*.tar". */
  readonly data: readonly string[]
  /** A safetensors file with OpenAI CLIP's own names. */
  readonly clip: string
  /** A preset's name, or a JSON file with the arguments of openai/CLIP's constructor. */
  readonly "clip-config": string
  /** A folder in diffusers' layout, or one safetensors file with `unet.`, `vae.` and `text_encoder.` names. */
  readonly sd: string
  /** A preset's name, or a JSON file with `unet`, `vae` and `text_encoder`; the folder's own where it is left out. */
  readonly "sd-config"?: string
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
  readonly condition: ConditionName
  readonly patches: number
  readonly "checkpoint-every": number
  readonly "stop-after"?: number
}

export const conditionNames = ["random-patches", "all-patches", "average-pool", "class-only"] as const

export type ConditionName = (typeof conditionNames)[number]

/** Settings as one source gives them: a file, or the flags. */
export type PartialSettings = Partial<TrainSettings>

/** The original's launch script for OpenAI's ViT-L-14 at 224 pixels, on one device. */
export const trainDefaults = {
  "clip-config": "openai-l14-224",
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
  condition: "random-patches",
  patches: 76,
  "checkpoint-every": 100,
} as const satisfies PartialSettings
