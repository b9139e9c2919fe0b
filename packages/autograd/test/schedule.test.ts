import { readFileSync } from "node:fs"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { constantRate, linearWarmup, warmupCosine, warmupSteps } from "@diva/autograd"

interface Golden {
  readonly schedules: readonly {
    readonly max_steps: number
    readonly warmup_ratio: number
    readonly warmup_steps: number
    readonly learning_rate: number
    readonly lr_used_by_optimizer_step_k: readonly number[]
  }[]
}

const golden = JSON.parse(readFileSync(new URL("golden/lr.json", import.meta.url), "utf8")) as Golden

describe("warmupCosine", () => {
  it.each(golden.schedules)("gives the reference rates of a run of $max_steps steps", (reference) => {
    const warmup = warmupSteps(reference.max_steps, reference.warmup_ratio)
    expect(warmup).toBe(reference.warmup_steps)
    const rate = warmupCosine({ peak: reference.learning_rate, warmup, steps: reference.max_steps })
    expect(reference.lr_used_by_optimizer_step_k).toHaveLength(reference.max_steps)
    const errors = reference.lr_used_by_optimizer_step_k.map(
      (expected, k) => Math.abs(rate(k) - expected) / (expected || 1),
    )
    expect(Math.max(...errors)).toBeLessThan(1e-12)
  })

  it("starts at 0, peaks after the warm-up and ends at 0", () => {
    const rate = warmupCosine({ peak: 1e-4, warmup: 23, steps: 4600 })
    expect([rate(0), rate(23), rate(4600), rate(9000)]).toEqual([0, 1e-4, 0, 0])
  })

  it("starts at the peak without a warm-up", () => {
    expect(warmupCosine({ peak: 3, warmup: 0, steps: 10 })(0)).toBe(3)
  })

  it("never leaves [0, peak], rises and then falls", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 200 }), (warmup, rest) => {
        const steps = warmup + rest
        const rate = warmupCosine({ peak: 2, warmup, steps })
        const rates = Array.from({ length: steps + 1 }, (_, step) => rate(step))
        const turns = rates.slice(1).map((next, step) => (step < warmup ? next > rates[step]! : next <= rates[step]!))
        expect(turns).not.toContain(false)
        expect(Math.min(...rates)).toBe(0)
        expect(Math.max(...rates)).toBe(2)
      }),
    )
  })
})

describe("other schedules", () => {
  it("linearWarmup rises in equal steps and stays", () => {
    expect([0, 1, 2, 4, 5, 100].map(linearWarmup({ peak: 8, warmup: 4 }))).toEqual([0, 2, 4, 8, 8, 8])
  })

  it("constantRate never changes", () => {
    expect([0, 7, 1e6].map(constantRate(0.5))).toEqual([0.5, 0.5, 0.5])
  })
})
