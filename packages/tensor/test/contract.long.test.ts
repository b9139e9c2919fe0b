import { expect, test } from "vitest"
import { openDevice, type Choice, type Decision } from "../src/index.ts"
import { cases, errorOf, f32, kinds, plain } from "./contractCases.ts"

const everyTile = kinds.flatMap((kind) =>
  [...cases, ["few rows", plain, [8, 128], [128, 1024]] as const].map(
    (subject) => [subject[0], ...kind, subject] as const,
  ),
)

test.each(everyTile)(
  "%s with every tile in %s",
  async (_name, _kind, limits, [, program, a, b]) => {
    const seen: Decision[] = []
    let told: Choice | undefined
    const choose = (decision: Decision): Choice => (seen.push(decision), told ?? decision.candidates[0])
    await using choosing = await openDevice({ planFor: limits, choose })
    choosing.planOf(program, { a: f32(a), b: f32(b) })
    for (told of seen.flatMap(({ candidates }) => candidates)) {
      expect(await errorOf(program, a, b, choosing), JSON.stringify(told)).toBeLessThan(4e-6)
      const { steps } = choosing.planOf(program, { a: f32(a), b: f32(b) })
      expect(steps.map(({ choice }) => choice)).toContainEqual(expect.objectContaining(told))
    }
  },
  // Each tile compiles a shader.
  60_000,
)
