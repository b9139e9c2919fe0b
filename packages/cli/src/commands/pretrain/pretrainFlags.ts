import type { PretrainSettings } from "@diva/diva"
import { Option } from "effect"
import { Flag } from "effect/cli"
import { atLeast, json, notBelow } from "../../flags/flags.ts"

const share = (name: string, meaning: string, fallback: number) =>
  Flag.Finite(name).pipe(
    Flag.withDescription(`${meaning} (${fallback})`),
    Flag.filter(
      (value) => value >= 0 && value <= 1,
      (value) => `${value} is not between 0 and 1`,
    ),
    Flag.withDefault(fallback),
  )

const positive = (name: string, meaning: string, fallback: number) =>
  Flag.Finite(name).pipe(Flag.withDescription(`${meaning} (${fallback})`), notBelow(0), Flag.withDefault(fallback))

/** Defaults in which the kinds of pre-training differ. */
export interface PretrainDefaults {
  readonly updates: number
  readonly batch: number
  readonly learningRate: number
  readonly weightDecay: number
}

/** Flags that all kinds of pre-training take. */
export const pretrainFlags = ({ updates, batch, learningRate, weightDecay }: PretrainDefaults) => ({
  data: Flag.String("data").pipe(
    Flag.withDescription("Shards of captioned pictures: paths or patterns; may be given several times"),
    Flag.between(1, 256),
  ),
  out: Flag.String("out").pipe(Flag.withDescription("Folder for checkpoints, metrics, manifest and the model")),
  resume: Flag.Boolean("resume").pipe(
    Flag.withDescription("Continue the run in the output folder"),
    Flag.withDefault(false),
  ),
  config: Flag.String("config").pipe(
    Flag.withDescription("JSON file with the model's sizes; the synthetic world's by default"),
    Flag.optional,
  ),
  from: Flag.String("from").pipe(
    Flag.withDescription("Folder or file of weights to start from instead of random ones"),
    Flag.optional,
  ),
  imageSize: atLeast("image-size", "Edge of the pictures, pixels", 8, 64),
  updates: atLeast("updates", "Optimizer updates of the whole schedule", 1, updates),
  stopAfter: Flag.Int("stop-after").pipe(
    Flag.withDescription("Stop after this many updates; --resume continues"),
    Flag.optional,
  ),
  batch: atLeast("batch", "Pictures in an update", 1, batch),
  learningRate: positive(
    "learning-rate",
    "Peak learning rate, reached after warming up; then a half cosine to 0",
    learningRate,
  ),
  warmup: share("warmup", "Share of the updates over which the rate rises", 0.05),
  weightDecay: positive("weight-decay", "Decoupled decay of matrices and kernels", weightDecay),
  clipNorm: positive("clip-norm", "Largest global norm of a gradient", 1),
  averageDecay: share(
    "average-decay",
    "Decay of the moving average of the weights; the average is what is written",
    0.995,
  ),
  seed: atLeast("seed", "Seed of everything", 0, 42),
  checkpointEvery: atLeast("checkpoint-every", "Updates between checkpoints", 1, 100),
  logEvery: atLeast("log-every", "Updates between readings of the loss", 1, 10),
  json,
})

/** What the flags say about a pre-training. */
export interface PretrainInput {
  readonly updates: number
  readonly stopAfter: Option.Option<number>
  readonly batch: number
  readonly learningRate: number
  readonly warmup: number
  readonly weightDecay: number
  readonly clipNorm: number
  readonly averageDecay: number
  readonly seed: number
  readonly checkpointEvery: number
  readonly logEvery: number
}

export const settingsOf = (input: PretrainInput, secondBeta: number): PretrainSettings => ({
  updates: input.updates,
  batchSize: input.batch,
  peakLearningRate: input.learningRate,
  warmupRatio: input.warmup,
  betas: [0.9, secondBeta],
  weightDecay: input.weightDecay,
  clipNorm: input.clipNorm,
  averageDecay: input.averageDecay,
  seed: input.seed,
  checkpointEvery: input.checkpointEvery,
  logEvery: input.logEvery,
  ...(Option.isSome(input.stopAfter) ? { stopAfter: input.stopAfter.value } : {}),
})
