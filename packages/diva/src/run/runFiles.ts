import * as path from "node:path"

/** Where a run's files lie. */
export const runFiles = (folder: string) => ({
  manifest: path.join(folder, "manifest.json"),
  metrics: path.join(folder, "metrics.jsonl"),
  checkpoints: path.join(folder, "checkpoints"),
  clip: path.join(folder, "clip.safetensors"),
})
