import { EvaluationEvents } from "@diva/diva"
import { Screen, type Written } from "@diva/cli"
import { Effect, Layer } from "effect"
import { describe, expect, it } from "vitest"
import { evaluationEvents } from "../src/eval/evaluationSink.ts"
import { warmEstimate } from "../src/render/progress.ts"

describe("the time that remains", () => {
  it("is told by the pieces after the first, which compiles", () => {
    const estimate = warmEstimate()
    expect(estimate(0, 10, 0)).toBe(null)
    expect(estimate(1, 10, 100)).toBe(null)
    expect(estimate(2, 10, 101)).toBe(8)
    expect(estimate(6, 10, 109)).toBeCloseTo(7.2)
    expect(estimate(10, 10, 120)).toBe(0)
  })

  it("is told anew for other pieces", () => {
    const estimate = warmEstimate()
    estimate(4, 8, 40)
    expect(estimate(8, 8, 44)).toBe(0)
    expect(estimate(1, 5, 90)).toBe(null)
    expect(estimate(3, 5, 94)).toBe(4)
  })

  it("of an evaluation stands beside what is done", async () => {
    const written: Written = { out: [], notes: [] }
    const shown: string[] = []
    const watched = Layer.effect(
      Screen,
      Effect.map(Screen, (screen) => ({
        ...screen,
        status: (text: string) => Effect.sync(() => void shown.push(text)),
      })),
    )
    const described = (done: number, seconds: number, isLast = false) =>
      ({
        _tag: "described",
        what: "images",
        done,
        total: 6,
        cached: 0,
        skipped: 0,
        adapterSeconds: 1,
        seconds,
        isLast,
      }) as const
    const program = Effect.gen(function* () {
      const { publish } = yield* EvaluationEvents
      for (const event of [described(2, 60), described(4, 64), described(6, 68, true)]) yield* publish(event)
    })
    await Effect.runPromise(
      program.pipe(
        Effect.provide(evaluationEvents(false)),
        Effect.provide(watched),
        Effect.provide(Screen.layerRecorded(written)),
      ),
    )
    expect(shown).toEqual([expect.not.stringContaining("left"), expect.stringContaining("about 4 s left")])
    expect(written.notes).toEqual([expect.not.stringContaining("left")])
  })
})
