import { expect, it } from "vitest"
import { knownAdapters, modelFor, type KnownAdapter } from "../../src/index.ts"
import { flopsOfSubmission } from "../../src/device/programs/encode.ts"

const lengths = (adapter: KnownAdapter, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) =>
    flopsOfSubmission(at, knownAdapters[adapter], modelFor(knownAdapters[adapter], adapter)),
  )

it("submissions to a GPU double until they take a twentieth of a second by its model, so that a large step takes six", () => {
  expect(lengths("nvidia-h200", 7)).toEqual([1e11, 2e11, 4e11, 8e11, 1.6e12, 2.25e12, 2.25e12])
  expect(lengths("webgpu", 3)).toEqual([1e11, 2e11, 2.5e11])
})

it("a software adapter gets all of one length, which takes it a second", () => {
  expect(new Set(lengths("llvmpipe", 20))).toEqual(new Set([1e11]))
})
