import type { SelfTestResult } from "@diva/tensor"
import { describe, expect, it } from "vitest"
import { featureStates } from "../../src/doctor/features.ts"

const result = (feature: SelfTestResult["feature"], passed: boolean, found: string): SelfTestResult => ({
  feature,
  passed,
  found,
  seconds: 0.1,
  remembered: true,
})

const gpu = { features: ["subgroups", "timestamp-query"], isSoftware: false }

const stateOf = (states: ReturnType<typeof featureStates>) =>
  Object.fromEntries(states.map(({ feature, state }) => [feature, state]))

describe("what became of features", () => {
  it("follows their self-tests: a wrong one is told, a driver that checks nothing is not at fault", () => {
    const results = [
      result("unclamped-indices", false, "writes beyond a binding reach its buffer"),
      result("subgroups", true, "right"),
      result("shader-f16", false, "a + b of 1 and 2 gives 4"),
    ]
    const states = featureStates(gpu, results, "")
    expect(stateOf(states)).toEqual({
      "timestamp-query": "in use",
      "unclamped-indices": "not offered",
      subgroups: "in use",
      "shader-f16": "wrong",
      "subgroup-matrix": "not offered",
    })
    expect(states.find(({ feature }) => feature === "shader-f16")?.found).toBe("a + b of 1 and 2 gives 4")
  })

  it("tells who refused one", () => {
    const states = featureStates(gpu, [], "-shader-f16")
    expect(stateOf(states)).toMatchObject({ "shader-f16": "refused", "subgroup-matrix": "refused" })
  })

  it("asks no processor for matrix units", () => {
    expect(stateOf(featureStates({ ...gpu, isSoftware: true }, [], ""))).toMatchObject({
      "subgroup-matrix": "not needed",
    })
  })
})
