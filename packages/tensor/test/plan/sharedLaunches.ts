import { afterAll, beforeAll, expect, it } from "vitest"
import type { KernelFacts } from "../../src/adapter/kernelFacts.ts"
import { openDevice, type Device } from "../../src/device/open.ts"
import { differences, got, programOf, valuesFor, wanted, type Case } from "../chains/program.ts"

/** A GPU's kernels and launches, on whatever adapter this is. */
const planFor: Partial<KernelFacts> = { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768 }

/** Tests steps that share a launch in a program of so many random cases of each of four families. */
export const testTogether = (casesPerFamily: number): void => {
  const cases: readonly Case[] = ["contracted", "rows", "folded", "attended"].flatMap((family) =>
    Array.from({ length: casesPerFamily }, (_, i) => ({ family, seed: 9_100 + i })),
  )

  let device: Device
  beforeAll(async () => {
    device = await openDevice({ planFor })
  })
  afterAll(() => device.close())

  it("steps that share a launch give the interpreter's numbers, and the very bits that each gives by itself", async () => {
    const program = programOf(cases)
    const values = valuesFor(program, 5)
    const whole = await got(device, program, values)
    const right = wanted(program, values)
    expect(differences(program, whole.results, right, whole.steps)).toEqual([])
    expect(whole.steps.some(({ together = [] }) => together.length > 2)).toBe(true)
    expect(
      new Set(whole.steps.flatMap(({ together = [] }) => together.map(({ family }) => family))).size,
    ).toBeGreaterThan(3)
    let next = 0
    for (const [i, one] of cases.entries()) {
      const alone = programOf([one])
      const own = values.slice(next, (next += alone.specs.length))
      const { results } = await got(device, alone, own)
      expect(
        whole.results[i]!.map(({ data }) => data),
        `${one.family} ${one.seed}`,
      ).toEqual(results[0]!.map(({ data }) => data))
    }
  })
}
