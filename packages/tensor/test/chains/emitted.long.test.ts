import { expect, test } from "vitest"
import { compareSeeds } from "./emitted.ts"
import { planSeeds } from "./planning.ts"

const minutes = Number(process.env["CHAIN_MINUTES"] ?? 0.5)
const firstSeed = Number(process.env["CHAIN_SEED"] ?? 1_000_000)

const sweeps = {
  moved: (seed: number) => compareSeeds("moved", seed, 20),
  fused: (seed: number) => compareSeeds("fused", seed, 20),
  taken: (seed: number) => compareSeeds("taken", seed, 20),
  planned: (seed: number) => planSeeds(seed, 20),
} as const

test.each(Object.entries(sweeps))(
  "random chains need no device to be found wrong, for as long as asked: %s",
  (name, sweep) => {
    const end = Date.now() + (minutes * 60_000) / 4
    const wrong: string[] = []
    let ran = 0
    let seed = firstSeed
    for (; Date.now() < end && wrong.length < 20; seed += 20) {
      const found = sweep(seed)
      wrong.push(...found.wrong)
      ran += found.ran
    }
    process.stdout.write(`${name}: ${ran} (seeds ${firstSeed} to ${seed - 1}), ${wrong.length} wrong\n`)
    expect(ran).toBeGreaterThan(0)
    expect(wrong).toEqual([])
  },
  (minutes + 5) * 60_000,
)
