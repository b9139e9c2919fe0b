import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** What a run's folder may hold. */
export interface RunFolder {
  readonly seed?: number
  readonly updates?: number
  readonly outcome?: string
  readonly skipped?: readonly object[]
  readonly scores?: boolean
  /** Whether it was scored while it trained, and its device's share measured. */
  readonly scored?: boolean
  /** Whether `diva eval mmvp` wrote its result into the folder. */
  readonly mmvp?: boolean
}

const mmvpOf = (base: number) => ({
  format: "diva-mmvp",
  version: 1,
  subject: { model: "/weights/clip.safetensors" },
  scorings: [
    {
      rule: "stock",
      average: { value: base },
      categories: categories.map((name, i) => ({ name, estimate: { value: base + i } })),
      pairs: [
        {
          questions: [0, 1].map((i) => ({ id: String(i), type: "a", statement: "b", file: "c", imageSha256: "d" })),
          category: "Count",
          logits: [
            [
              [1, 0],
              [0, 1],
            ],
          ],
          solved: [true],
        },
      ],
    },
  ],
})

const scoredAt = (update: number) => ({
  update,
  on: "MMVP",
  scores: { stock: { value: 20 + update / 4, count: 150, interval: { low: 15 + update / 4, high: 26 + update / 4 } } },
})

const loss = (update: number, seed: number): number => 1 / (1 + update / 20) + 0.02 * Math.sin(update * (seed + 1))

const categories = ["Orientation", "Presence", "State", "Count"]

const scoresOf = (base: number) => ({
  model: { ...Object.fromEntries(categories.map((name, i) => [name, base + 10 * i])), average_score: base + 15 },
})

/** Writes the files of a run of `updates` updates, as training writes them. */
export const writeRun = (
  folder: string,
  {
    seed = 0,
    updates = 60,
    outcome = "finished",
    skipped = [],
    scores = false,
    scored = false,
    mmvp = false,
  }: RunFolder = {},
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
    ...(scored ? { computing: 0.97 } : {}),
  }))
  const scoredLines = scored ? [0, 20, 40, 60].map(scoredAt) : []
  const jsonl = (all: readonly object[]): string => all.map((line) => `${JSON.stringify(line)}\n`).join("")
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest))
  writeFileSync(join(folder, "metrics.jsonl"), jsonl([...lines, ...scoredLines]))
  writeFileSync(join(folder, "skipped.jsonl"), jsonl(skipped))
  if (mmvp) writeFileSync(join(folder, "mmvp.json"), JSON.stringify(mmvpOf(30)))
  if (scores)
    writeFileSync(
      join(folder, "pred_result.json"),
      JSON.stringify({ results_before: scoresOf(20), results_final_after: scoresOf(35) }),
    )
}
