import { constant, interpret } from "@diva/tensor"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { evaluateMmvp, openMmvp, rulesOf, type Flavour, type ScoringRule } from "../../src/index.ts"
import { categories, categoryOf } from "../../src/evaluate/mmvp/categories.ts"
import { scoreMmvp, scorePair } from "../../src/evaluate/mmvp/pairScore.ts"
import { predResult } from "../../src/evaluate/mmvp/resultFiles.ts"
import { interpretedFeatures, smallClip, smallMmvp } from "./smallClip.ts"

// Numbers: rows of the table of disagreements in docs/method.md.

const patchCount = 12
const global = constant([3, 4], [1, 1, 2])
const patches = constant(Array.from({ length: patchCount }, (_, i) => [i, 1]).flat(), [1, patchCount, 2])

/** The vector that a rule makes of one image; rules that draw see every patch alike. */
const vectorOf = ({ image, drawn }: ScoringRule): readonly number[] => {
  const shares =
    drawn === undefined
      ? undefined
      : constant(
          Array.from({ length: patchCount }, () => 1 / patchCount),
          [1, 1, patchCount],
        )
  return [...interpret(image({ global, patches, shares })).data]
}

const lengthOf = (vector: readonly number[]): number => Math.hypot(...vector)

const ruleOf = (flavour: Flavour, scoring: "stock" | "diva" | "first-published"): ScoringRule =>
  rulesOf(flavour, scoring)[0]!

describe("where scores of the original can be read in two ways", () => {
  it("stock scoring is the global vector alone, the method's own counts patches where its flavour does (9)", () => {
    expect(vectorOf(ruleOf("openai", "stock"))).toEqual([0.6, 0.8].map((x) => expect.closeTo(x, 5)))
    const [x, y] = vectorOf(ruleOf("openai", "diva")) as [number, number]
    expect(x / y).toBeCloseTo((3 + 5.5) / (4 + 1), 5)
    expect(rulesOf("openai", "both").map(({ title }) => title)).toEqual(["stock", "diva openai"])
  })

  it("a category goes by the code's label, and either label names it (12)", () => {
    const [code, paper] = ["Structural Characteristics", "Structural and Physical Characteristics"]
    expect(categoryOf(code!)).toBe(categoryOf(paper!))
    expect(categories[categoryOf(paper!)!]).toMatchObject({ name: code, title: paper })
    const outcome = {
      ...scorePair({ qid1: "1", qid2: "2", category: categoryOf(paper!)! }, [
        [1, 0],
        [0, 1],
      ]),
    }
    const score = scoreMmvp([outcome])
    expect(JSON.stringify(predResult({ label: "m", before: score }))).toContain(`"${code}"`)
  })

  it("pictures that are squashed are other pictures to the tower than those that are cropped (13)", async () => {
    const model = await smallClip()
    const whole = await Effect.runPromise(openMmvp(smallMmvp))
    const data = { ...whole, pairs: whole.pairs.slice(0, 2) }
    const logitsOf = (fit: "crop" | "squash") =>
      Effect.runPromise(
        Effect.scoped(
          Effect.provide(
            evaluateMmvp({ data, rule: ruleOf("openai", "stock"), seed: 1, draws: 1 }),
            interpretedFeatures({ ...model, preset: { ...model.preset, fit } }),
          ),
        ),
      ).then(({ pairs }) => JSON.stringify(pairs))
    const cropped = await logitsOf("crop")
    expect(await logitsOf("crop")).toBe(cropped)
    expect(await logitsOf("squash")).not.toBe(cropped)
  })

  it("SigLIP's local tokens count as first published, by the windows that training retains, and no more (14)", () => {
    expect(vectorOf(ruleOf("siglip6", "diva"))).toEqual(vectorOf(ruleOf("siglip6", "stock")))
    const [x, y] = vectorOf(ruleOf("siglip6", "first-published")) as [number, number]
    expect(x / y).toBeCloseTo((3 + 5.5) / (4 + 1), 5)
    // Windows of ten: one, of patches 0 … 9; the last two are left out.
    const [wide, high] = vectorOf(ruleOf("siglip10", "first-published")) as [number, number]
    expect(wide / high).toBeCloseTo((3 + 4.5) / (4 + 1), 5)
  })

  it("DFN's two sizes were scored by each other's rule as first published (14)", () => {
    expect(lengthOf(vectorOf(ruleOf("dfn224", "diva")))).toBeCloseTo(1, 5)
    expect(lengthOf(vectorOf(ruleOf("dfn224", "first-published")))).toBeGreaterThan(1.5)
    expect(vectorOf(ruleOf("dfn224", "first-published"))).toEqual(vectorOf(ruleOf("dfn378", "diva")))
    expect(vectorOf(ruleOf("dfn378", "first-published"))).toEqual(vectorOf(ruleOf("dfn224", "diva")))
  })

  it.each(["openai", "metaclip"] as const)("%s was scored as it is (14)", (flavour) => {
    expect(vectorOf(ruleOf(flavour, "first-published"))).toEqual(vectorOf(ruleOf(flavour, "diva")))
  })
})
