import { afterAll, beforeAll, expect, it } from "vitest"
import { knownAdapters, modelFor, planningFor, planOf, withPrecision, type Precision } from "@diva/tensor"
import { Effect } from "effect"
import { openNullDevice, type NullDevice } from "../../tensor/test/way/nullDevice.ts"
import { fullScale, microStepProgram, microStepSpecs, type MicroStepArguments } from "../bench/microStep.ts"

let nobody: NullDevice
beforeAll(async () => {
  nobody = await openNullDevice()
})
afterAll(() => nobody.close())

const hopper = knownAdapters["nvidia-h200"]

/** Every distinct shader of a full-size micro-step, as it is planned for an H200. */
const shadersOf = async (precision: Precision): Promise<readonly string[]> => {
  const scale = await Effect.runPromise(fullScale)
  const { spelling } = (await nobody.factsOf("nvidia")).matrixUnits!
  const facts = { ...hopper, matrixUnits: { ...hopper.matrixUnits, spelling } }
  const step = (args: MicroStepArguments) => withPrecision(precision, () => microStepProgram(scale)(args))
  const planning = planningFor(facts, { model: modelFor(facts, "nvidia-h200") })
  const { steps } = planOf(step as never, microStepSpecs(scale) as never, planning, { donate: ["gradientSum"] })
  return [...new Set(steps.map(({ wgsl }) => wgsl))]
}

it.each(["highest", "high", "medium"] as const)(
  "every shader of the full-size step on an H200 is valid WGSL at %s",
  async (precision) => {
    const shaders = await shadersOf(precision)
    expect(shaders.length).toBeGreaterThan(100)
    expect(shaders.some((shader) => shader.includes("subgroup_matrix"))).toBe(precision !== "highest")
    const refused: string[] = []
    for (const shader of shaders) {
      const why = await nobody.refusal(shader)
      if (why !== undefined) refused.push(`${why}\n${shader}`)
    }
    expect(refused).toEqual([])
  },
)
