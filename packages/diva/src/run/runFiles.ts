import * as path from "node:path"

/** Where a run's files lie. */
export const runFiles = (folder: string) => ({
  manifest: path.join(folder, "manifest.json"),
  metrics: path.join(folder, "metrics.jsonl"),
  skipped: path.join(folder, "skipped.jsonl"),
  tensorboard: path.join(folder, "tensorboard"),
  pictures: path.join(folder, "pictures"),
  checkpoints: path.join(folder, "checkpoints"),
  /** The CLIP at the end of the schedule. */
  clip: path.join(folder, "clip.safetensors"),
})

/** The CLIP of a run that was stopped before the end of its schedule. */
export const unfinishedClip = (folder: string): string => path.join(folder, "clip-unfinished.safetensors")
