// A researcher: a published row on real weights and images, in ten lines.
import { rows, train, trainingOf, type Row, type TrainingChanges, type TrainOptions } from "@diva/diva"
import { Effect } from "effect"

const files = { clip: "pretrained_weights/CLIP/ViT-L-14.pt", sd: "pretrained_weights/SD/stable-diffusion-2-1-base" }

export const experiment = (
  options: Partial<TrainOptions> = {},
  row: Row = rows["openai-l14-224"],
  changes: TrainingChanges = {},
): Effect.Effect<unknown, unknown> =>
  train(trainingOf(row, changes), { data: "cc3m/*.tar", weights: files, folder: "runs/one", ...options })

if (import.meta.main) await Effect.runPromise(experiment())
