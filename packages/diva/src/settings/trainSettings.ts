import type { ClipRow } from "@diva/models"
import { precisions } from "@diva/tensor"
import { switchWords } from "../objective/switches.ts"
import { rowNames } from "../rows/rows.ts"
import { bytesWanted, parseBytes } from "./byteCount.ts"
import { defaultPatches, methodChoices, optimizerChoices, orderChoices, scheduleChoices } from "./methodChoices.ts"
import {
  choice,
  choiceList,
  oneOf,
  readable,
  real,
  text,
  texts,
  whole,
  wholeWith,
  yes,
  type Setting,
} from "./setting.ts"

/** The models of a run that names none: the first row. */
export const defaultRow = "openai-l14-224" satisfies ClipRow

const bySemantics = "as --semantics says"

/** Every setting of a training run, as flags and configuration files say it. Paths are relative to the current folder. */
export const trainSettings = {
  data: texts('Shards: a tar file, a folder of them or of pictures, or a quoted pattern such as "cc3m/*.tar"'),
  "demo-data": yes("Train on rendered scenes instead, made in the output folder"),
  row: oneOf("A published model: its architecture and which of its tokens the diffusion model sees", rowNames, {
    otherwise: defaultRow,
  }),
  clip: text("CLIP weights: safetensors, .pt, .pth or .bin, or a folder"),
  "clip-config": text(
    "A row's name, or a JSON file with openai/CLIP's constructor arguments or OpenCLIP's configuration; the row's by default",
  ),
  sd: text("Stable Diffusion weights: a folder in diffusers' layout, or one file"),
  "sd-config": text("A preset, or a JSON file; the folder's own, or sd-2-1-base, by default"),
  "synthetic-weights": yes("Random weights of the models' names and shapes instead, drawn from the seed"),
  "f16-frozen": yes(
    "Store the weights of UNet and VAE in half precision: less memory, losses differ in the third digit",
    { entry: "frozenStorage" },
  ),
  precision: oneOf(
    "Precision of a step's multiplications, lowered only where that is faster on the adapter: f32, split operands with f32's accuracy, or f16 operands",
    precisions,
    { fallback: "highest", entry: "precision" },
  ),
  "memory-budget": readable(
    "Device memory the run may take at its peak, such as 8GiB, 8G or 8192MiB: the fastest way to compute a step within it is " +
      "chosen, reported, and kept when the run is resumed",
    bytesWanted,
    (value) => parseBytes(value) !== null,
  ),
  out: text("Folder for checkpoints, metrics, manifest and the trained CLIP", { fallback: "runs/train" }),
  updates: whole("Optimizer updates", { fallback: 4600, entry: "optimisation.updates" }),
  "images-per-update": whole("Images whose gradients make one update", { fallback: 640, entry: "imagesPerUpdate" }),
  accumulation: whole("Micro-batches in an update: another way to give images-per-update, which is batch times this"),
  batch: whole("Images computed together, a divisor of images-per-update; decides how much memory is needed", {
    fallback: 16,
    entry: "batchSize",
  }),
  partials: whole("Partial sums of an update's gradient, added in a fixed tree", { fallback: 1, entry: "partials" }),
  "learning-rate": real("Peak learning rate", "a number above 0", (value) => value > 0, {
    fallback: 1e-4,
    entry: "optimisation.schedule",
  }),
  "warmup-ratio": real(
    "Share of the updates over which the rate rises",
    "a number from 0 to 1",
    (value) => value >= 0 && value <= 1,
    { fallback: 0.005, entry: "optimisation.schedule" },
  ),
  schedule: choice("How the learning rate falls after warming up", scheduleChoices, {
    fallback: "cosine",
    entry: "optimisation.schedule",
  }),
  optimizer: choice("How parameters are updated", optimizerChoices, {
    fallback: "sgd",
    entry: "optimisation.optimizer",
  }),
  momentum: real(
    "Momentum of sgd: the share of the last step that is carried over",
    "a number from 0 to below 1",
    (value) => value >= 0 && value < 1,
    { fallback: 0.9, entry: "optimisation.optimizer" },
  ),
  "weight-decay": real("Weight decay", "a number of at least 0", (value) => value >= 0, {
    fallback: 0,
    entry: "optimisation.optimizer",
  }),
  seed: whole("Seed of data order, crops, and every random draw", { fallback: 42, least: 0, entry: "seed" }),
  "image-size": wholeWith(
    "Edge of the training images, pixels",
    "a multiple of 8",
    (value) => value >= 8 && value % 8 === 0,
    { fallback: 512, entry: "imageSize" },
  ),
  semantics: oneOf(
    "Where paper and code disagree: follow the original's code, or its paper wherever the code is wrong",
    ["reference", "corrected"],
    { fallback: "reference" },
  ),
  "train-steps": whole("Noise draws per image", { fallback: 2, entry: "switches.trainSteps" }),
  tokens: choice("Which tokens of the tower the condition chooses from", methodChoices.tokens, {
    fallback: "tower",
    entry: "tokens",
  }),
  condition: choice("Which visual tokens the diffusion model sees", methodChoices.condition, {
    otherwise: "the row's",
    entry: "condition",
  }),
  patches: whole("Patches drawn, as the condition random-patches", {
    otherwise: String(defaultPatches),
    entry: "condition",
  }),
  "patch-draws": oneOf("How patches are drawn", switchWords.patchDraws, {
    otherwise: bySemantics,
    entry: "switches.patchDraws",
  }),
  projection: choice("The map from visual tokens to the diffusion model's context", methodChoices.projection, {
    fallback: "linear",
    entry: "projection",
  }),
  "visual-projection": oneOf(
    "Whether that map is trained, or keeps its random initial values",
    switchWords.visualProjection,
    {
      otherwise: bySemantics,
      entry: "switches.visualProjection",
    },
  ),
  "projection-rate": real("Its learning rate, relative to the tower's", "a number above 0", (value) => value > 0, {
    fallback: 1,
    entry: "switches.projectionRate",
  }),
  "projection-warmup": whole(
    "Updates at the start during which only that map is trained and the tower stays as it is",
    {
      fallback: 0,
      least: 0,
      entry: "switches.projectionWarmup",
    },
  ),
  "text-combination": choice("How the constant text joins the visual tokens", methodChoices.textCombination, {
    fallback: "byCondition",
    entry: "textCombination",
  }),
  prompt: oneOf('The constant prompt: "a photo of a ." or nothing', switchWords.prompt, {
    otherwise: bySemantics,
    entry: "switches.prompt",
  }),
  loss: choice("Error of the noise prediction", methodChoices.loss, { fallback: "mse", entry: "loss" }),
  timesteps: choice("How the timesteps of a draw are sampled", methodChoices.timesteps, {
    fallback: "perSample",
    entry: "timesteps",
  }),
  noise: oneOf(
    "Separate noise for each image and draw, or shared by all draws, by all images, or by both",
    switchWords.noise,
    {
      otherwise: bySemantics,
      entry: "switches.noise",
    },
  ),
  regularisers: choiceList("Penalties that join the loss", methodChoices.regularisers, { entry: "regularisers" }),
  "vae-input": oneOf("What the VAE sees", switchWords.vaeInput, {
    otherwise: bySemantics,
    entry: "switches.vaeInput",
  }),
  "tower-pixels": oneOf(
    "How the image tower's pixels are normalised: by OpenAI's statistics, or by those the tower was trained with",
    switchWords.towerPixels,
    { otherwise: bySemantics, entry: "switches.towerPixels" },
  ),
  "tower-resize": oneOf("How training images are resized to the image tower's size", switchWords.towerResize, {
    otherwise: bySemantics,
    entry: "switches.towerResize",
  }),
  "inner-weighting": oneOf("How much each noise draw counts", switchWords.innerWeighting, {
    otherwise: bySemantics,
    entry: "switches.innerWeighting",
  }),
  "reference-accumulation": whole("Factor by which all draws but the last count more, with inner-weighting reference", {
    fallback: 5,
    entry: "switches.referenceAccumulation",
  }),
  "clip-norm": readable(
    "Largest global norm of a gradient, or none",
    'a number above 0, or "none"',
    (value) => value === "none" || (Number(value) > 0 && Number.isFinite(Number(value))),
    { fallback: "1", entry: "switches.clipNorm" },
  ),
  "checkpoint-every": whole("Updates between checkpoints", { fallback: 100 }),
  "keep-checkpoints": whole("How many of the newest checkpoints to keep", { fallback: 2 }),
  "keep-best": text(
    'Also keep the best checkpoint: by the lowest smoothed "loss", or by the highest score on a set ("MMVP", "MMVP/stock")',
  ),
  "eval-every": whole(
    "Score the model once in this many updates, before the first and after the last, on the sets named below, or on MMVP-VLM where diva fetch put it",
  ),
  "eval-mmvp": text("Folder of MMVP-VLM to score on while training"),
  "eval-data": texts(
    "Data sets to score on while training: folders in CLIP_benchmark's layout, or names of those that diva fetch downloads",
  ),
  pictures: whole(
    "Number of images for which to keep pictures of the diffusion model's output, at the start and at checkpoints; 0: none",
    { least: 0, otherwise: "4 up to 128 pixels, else none: the VAE's decoder takes memory and time" },
  ),
  "stop-after": whole("Stop after this many updates of the schedule, to be resumed later"),
  "max-hours": real(
    "Stop when this process has run for this many hours and the update under way is done, to be resumed later",
    "a number above 0",
    (value) => value > 0,
  ),
  "data-order": choice(
    "Order of the images: all in one random order, shard by shard, or through a shuffle buffer like the original's (reservoir) or webdataset's",
    orderChoices,
    { fallback: "samples", entry: "data.order" },
  ),
  workers: whole("Threads that decode pictures ahead of the device; 0: the main thread decodes", {
    least: 0,
    otherwise: "one less than the machine has, at most 8",
  }),
  "max-bad-rate": real(
    "Share of unusable samples, beyond eight, at which the run ends",
    "a number from 0 to 1",
    (value) => value >= 0 && value <= 1,
    { fallback: 0.01 },
  ),
  truncated: oneOf(
    "Shards that are damaged or cut off: refuse them (fail), or use their whole samples (keepWhole)",
    ["fail", "keepWhole"],
    { fallback: "fail" },
  ),
} as const

type Settings = typeof trainSettings

export type SettingName = keyof Settings

type ValueOf<S> = S extends Setting<infer A> ? A : never

/** Settings as one source gives them: a file, or the flags. */
export type PartialSettings = { readonly [Name in SettingName]?: ValueOf<Settings[Name]> }

type Defaulted = {
  [Name in SettingName]: Settings[Name] extends { readonly fallback: unknown } ? Name : never
}[SettingName]

/** All settings of a run, defaults filled in. */
export type TrainSettings = PartialSettings & { readonly [Name in Defaulted]: ValueOf<Settings[Name]> }

/** Names of all settings. */
export const settingNames = Object.keys(trainSettings) as readonly SettingName[]

/** The settings of a run that says nothing: the original's launch script for OpenAI's ViT-L-14 at 224 pixels, on one device. */
export const trainDefaults = Object.fromEntries(
  settingNames.flatMap((name) => {
    const { fallback } = trainSettings[name] as Setting<unknown>
    return fallback === undefined ? [] : [[name, fallback]]
  }),
) as Pick<TrainSettings, Defaulted>

/** The settings that manifests show at a path. */
export const settingsShownAt = (path: string): readonly SettingName[] =>
  settingNames.filter((name) => {
    const { entry } = trainSettings[name] as Setting<unknown>
    return entry !== undefined && (path === entry || path.startsWith(`${entry}.`))
  })
