import { patchCount } from "@diva/models"
import type { Training } from "../experiment/trainingOf.ts"
import { trainDefaults, type PartialSettings, type TrainSettings } from "../settings/trainSettings.ts"
import { trainingFrom } from "../settings/trainingFrom.ts"
import type { RunModels } from "../sources/readConfigs.ts"

/** Diffusion feedback in the world, as settings: semantics as the paper has them; a small batch and AdamW, for runs are short. */
export const worldSettings = {
  semantics: "corrected",
  "images-per-update": 32,
  batch: 16,
  optimizer: "adamw",
  schedule: "constant",
  "learning-rate": 1e-4,
  "warmup-ratio": 0.1,
  updates: 40,
  "checkpoint-every": 1000,
} as const satisfies PartialSettings

/**
 * A training in the world: `worldSettings` with changes. Pictures are as large as the tower's; the diffusion model sees the class token and
 * one drawn patch for each further position of its text, as OpenAI's tower has it in the original.
 */
export const worldTraining = (models: RunModels, changes: PartialSettings = {}): Training => {
  const { clip, text } = models.configs
  const fitting: PartialSettings = {
    "image-size": clip.vision.imageSize,
    condition: `randomPatches(${Math.min(text.context - 1, patchCount(clip.vision))})`,
  }
  const settings: TrainSettings = { ...trainDefaults, ...worldSettings, ...fitting, ...changes }
  return trainingFrom(settings, models)
}
