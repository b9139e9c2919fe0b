import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** What a run's folder may hold. */
export interface RunFolder {
  readonly seed?: number
  readonly updates?: number
  readonly outcome?: string
  readonly skipped?: readonly object[]
  readonly scores?: boolean
}

const loss = (update: number, seed: number): number => 1 / (1 + update / 20) + 0.02 * Math.sin(update * (seed + 1))

const categories = ["Orientation", "Presence", "State", "Count"]

const scoresOf = (base: number) => ({
  model: { ...Object.fromEntries(categories.map((name, i) => [name, base + 10 * i])), average_score: base + 15 },
})

/** Writes the files of a run of `updates` updates, as training writes them. */
export const writeRun = (
  folder: string,
  { seed = 0, updates = 60, outcome = "finished", skipped = [], scores = false }: RunFolder = {},
): void => {
  mkdirSync(folder, { recursive: true })
  const launch = {
    started: "2024-01-01T00:00:00.000Z",
    ended: null,
    outcome,
    commandLine: ["train"],
    machine: { vendor: "v", architecture: "a", description: "<img src=x onerror=alert(1)>", isSoftware: true },
  }
  const manifest = {
    format: "diva-run",
    version: 1,
    settings: { seed, imagesPerUpdate: 8, batchSize: 4, optimisation: { updates: 100 }, data: { seed, size: 32 } },
    weights: { clip: "c", visualProjection: `p${seed}`, unet: "u", vae: "v", text: "t" },
    data: {},
    launches: [launch],
  }
  const lines = Array.from({ length: updates }, (_, i) => ({
    update: i + 1,
    loss: loss(i + 1, seed),
    losses: [loss(i + 1, seed)],
    learningRate: 1e-4 * (1 - i / updates),
    gradientNorm: 2 + Math.cos(i),
    seconds: 0.5,
  }))
  const jsonl = (all: readonly object[]): string => all.map((line) => `${JSON.stringify(line)}\n`).join("")
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest))
  writeFileSync(join(folder, "metrics.jsonl"), jsonl(lines))
  writeFileSync(join(folder, "skipped.jsonl"), jsonl(skipped))
  if (scores)
    writeFileSync(
      join(folder, "pred_result.json"),
      JSON.stringify({ results_before: scoresOf(20), results_final_after: scoresOf(35) }),
    )
}
