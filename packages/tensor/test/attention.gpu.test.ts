import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openDevice, type Device } from "../src/index.ts"
import type { Choice } from "../src/kernels/way/choice.ts"
import {
  expectRight,
  hasTiles,
  runOn,
  separate,
  specsOf,
  toOthers,
  toThemselves,
  wanted,
  type Case,
} from "./attentionCases.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

const isOnTextures = ({ way }: Choice): boolean => way === "lanes" || way === "tiles"

// Each width compiles three kernels: others are long tests.
const cases: readonly (readonly [string, Case])[] = [
  ["width 64, causal", toThemselves(2, 4, 101, 64, true)],
  ["one query, as in attention pooling", toOthers(1, 16, 1, 300, 72)],
  ["heads one after the other", separate(8, 128, 40)],
]

describe("attention and its gradients come out right", () => {
  test.each(cases)("%s", async (_name, one) => {
    const outcome = await runOn(device, one)
    expectRight(outcome, wanted(one))
    expect(outcome.choices.map(isOnTextures)).toEqual(Array(3).fill(hasTiles(device)))
  })

  test("from buffers, where there are no textures or subgroups", async () => {
    await using other = await openDevice({ planFor: { textureExtent: 0, subgroupSize: 0 } })
    const one = cases[0]![1]
    const outcome = await runOn(other, one)
    expectRight(outcome, wanted(one))
    expect(outcome.choices.map(isOnTextures)).toEqual([false, false, false])
  })
})

test("attention repeats bit for bit", async () => {
  const one = cases[0]![1]
  const [first, second] = [await runOn(device, one), await runOn(device, one)]
  expect(second.results).toEqual(first.results)
})

test("the cotangent reaches the gradient's kernels where it lies", async () => {
  const one = toThemselves(1, 4, 129, 64)
  using compiled = await device.compile(one.program, specsOf(one))
  const kernels = compiled.plan.steps.map(({ label }) => label)
  const before = kernels.slice(
    0,
    kernels.findIndex((label) => label.startsWith("attentionQ")),
  )
  expect(before.filter((label) => label.includes("pad"))).toEqual([])
})
