import { expect, it } from "vitest"
import { featureNames, refusedBy, togglesOf, wantedFeatures } from "../../src/device/features.ts"

const names = (features: Iterable<string>): readonly string[] => [...features].toSorted()

it("nothing is refused by default", () => {
  expect(wantedFeatures([], "")).toEqual(featureNames)
})

it("a minus refuses one feature and what cannot do without it", () => {
  expect(names(refusedBy("-shader-f16"))).toEqual(["shader-f16", "subgroup-matrix"])
  expect(names(refusedBy(" -subgroup-matrix , -unclamped-indices "))).toEqual(["subgroup-matrix", "unclamped-indices"])
})

it("names without a minus leave only these, and none refuses all", () => {
  expect(wantedFeatures([], "subgroups,timestamp-query")).toEqual(["timestamp-query", "subgroups"])
  expect(wantedFeatures([], "none")).toEqual([])
  expect(wantedFeatures([], "subgroup-matrix")).toEqual([])
})

it("what the caller and the environment refuse adds up, by either name of a feature", () => {
  const wanted = wantedFeatures(["chromium-experimental-subgroup-matrix"], "-timestamp-query")
  expect(wanted).toEqual(["unclamped-indices", "subgroups", "shader-f16"])
})

it("an unknown name is an error that lists the known ones", () => {
  const expected = { _tag: "InvalidAttribute", remedy: expect.stringContaining("shader-f16") }
  expect(() => refusedBy("-f61")).toThrow(expect.objectContaining({ ...expected, attribute: "DIVA_FEATURES" }))
  expect(() => wantedFeatures(["f61"], "")).toThrow(expect.objectContaining({ ...expected, attribute: "without" }))
})

it("switches are those of the features in use, each once", () => {
  expect(togglesOf(["subgroups", "shader-f16"])).toEqual(["vulkan_enable_f16_on_nvidia"])
  expect(togglesOf(["subgroup-matrix"])).toEqual(["allow_unsafe_apis", "use_vulkan_memory_model"])
  expect(togglesOf([])).toEqual([])
})
