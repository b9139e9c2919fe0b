import { Option } from "effect"
import { Flag } from "effect/cli"
import { rowNames } from "@diva/diva"
import { conditionNames, defaultPatches, defaultRow, trainDefaults, type TrainSettings } from "../train/settings.ts"

const described = <A>(flag: Flag.Flag<A>, text: string, fallback?: unknown) =>
  flag.pipe(Flag.withDescription(fallback === undefined ? text : `${text} (${String(fallback)})`), Flag.optional)

const text = (name: string, meaning: string, fallback?: string) => described(Flag.String(name), meaning, fallback)
const whole = (name: string, meaning: string, fallback?: number) => described(Flag.Int(name), meaning, fallback)
const real = (name: string, meaning: string, fallback: number) => described(Flag.Finite(name), meaning, fallback)

const yes = (name: string, meaning: string) => described(Flag.Boolean(name), meaning)

/** Flags of `diva train`; each is a setting of the same name. Defaults are filled in after the configuration file. */
export const trainFlags = {
  data: text("data", 'Shards: a tar file, a folder of them, or a quoted pattern such as "cc3m/*.tar"'),
  "demo-data": yes("demo-data", "Train on rendered scenes instead, made in the output folder"),
  row: described(
    Flag.Literals("row", rowNames),
    "A published model: its architecture and which of its tokens the diffusion model sees",
    defaultRow,
  ),
  clip: text("clip", "CLIP weights: safetensors, .pt, .pth or .bin, or a folder"),
  "clip-config": text(
    "clip-config",
    "A row's name, or a JSON file with openai/CLIP's constructor arguments or OpenCLIP's configuration; the row's by default",
  ),
  sd: text("sd", "Stable Diffusion weights: a folder in diffusers' layout, or one file"),
  "sd-config": text("sd-config", "A preset, or a JSON file; the folder's own, or sd-2-1-base, by default"),
  "synthetic-weights": yes("synthetic-weights", "Random weights of the models' names and shapes instead, by the seed"),
  "f16-frozen": yes(
    "f16-frozen",
    "Store the UNet's and the VAE's weights in half precision: less memory, losses differ in the third digit",
  ),
  "memory-budget": text(
    "memory-budget",
    "Device memory the run may take at its peak, such as 8GiB, 8G or 8192MiB: the fastest way to compute a step within it is " +
      "chosen, told, and kept when the run is resumed",
  ),
  out: text("out", "Folder for checkpoints, metrics, manifest and the trained CLIP", trainDefaults.out),
  updates: whole("updates", "Optimizer updates", trainDefaults.updates),
  batch: whole("batch", "Images in a micro-batch", trainDefaults.batch),
  accumulation: whole("accumulation", "Micro-batches in an update", trainDefaults.accumulation),
  "learning-rate": real("learning-rate", "Peak learning rate", trainDefaults["learning-rate"]),
  "warmup-ratio": real("warmup-ratio", "Share of the updates in which the rate rises", trainDefaults["warmup-ratio"]),
  momentum: real("momentum", "Share of the old momentum that stays", trainDefaults.momentum),
  seed: whole("seed", "Seed of data order, crops, and every random draw", trainDefaults.seed),
  "train-steps": whole("train-steps", "Noise draws per micro-batch", trainDefaults["train-steps"]),
  "image-size": whole("image-size", "Edge of the training images, pixels", trainDefaults["image-size"]),
  condition: described(
    Flag.Literals("condition", conditionNames),
    "Which visual tokens the diffusion model sees",
    "the row's",
  ),
  patches: whole("patches", "Patches drawn by random-patches", defaultPatches),
  "checkpoint-every": whole("checkpoint-every", "Updates between checkpoints", trainDefaults["checkpoint-every"]),
  "stop-after": whole("stop-after", "Stop after this many updates of the schedule, to go on later"),
} as const

type Given = { readonly [Name in keyof TrainSettings]-?: Option.Option<unknown> }

/** The settings that flags give, without those nobody typed. */
export const givenSettings = (flags: Given): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(flags).flatMap(([name, value]: readonly [string, Option.Option<unknown>]) =>
      Option.isSome(value) ? [[name, value.value]] : [],
    ),
  )
