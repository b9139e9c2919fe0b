import { assert, describe, it } from "@effect/vitest"
import { constant, interpret, isTensorError, key, sizeOf, type HostArray, type Tensor } from "@diva/tensor"
import * as fc from "fast-check"
import { smallestPlaces } from "../../src/condition/smallestPlaces.ts"
import { keyedDraws } from "../../src/objective/keyedDraws.ts"
import type { Method } from "../../src/objective/method.ts"
import { referenceSwitches, type Switches } from "../../src/objective/switches.ts"
import {
  evenTimestepsOfBatch,
  evenTimestepsOfDraws,
  fixedTimesteps,
  logitNormalTimesteps,
  timestepByDraw,
  timestepPerBatch,
  timestepPerSample,
  timestepsBetween,
  type TimestepSampling,
} from "../../src/objective/timesteps.ts"
import { tinyConfig } from "../train/tinyRun.ts"

const latent = [4, 3, 3] as const

const method = (
  imagesPerUpdate: number,
  switches: Partial<Switches> = {},
  timesteps: TimestepSampling = timestepPerSample,
): Method => ({
  ...tinyConfig.method,
  imagesPerUpdate,
  timesteps,
  switches: { ...referenceSwitches, ...switches },
})

const word = (value: number) => constant([value], [], "u32")

interface Place {
  readonly seed?: number
  readonly update?: number
  readonly first?: number
}

/** Draws of each inner step for a micro-batch of `batch` samples from `first` on. */
const drawsAt = (of: Method, batch: number, { seed = 42, update = 0, first = 0 }: Place = {}, count = 6, bound = 10) =>
  interpret(
    keyedDraws(
      of,
      { root: key(seed), update: word(update), first: word(first) },
      batch,
    )(latent).map((each) => ({
      timesteps: each.timesteps,
      noise: each.noise,
      indices: each.draw(count, bound),
    })),
  )

/** A tensor and everything it is computed from. */
const reachable = (roots: readonly Tensor[]): readonly Tensor[] => {
  const seen = new Set<Tensor>(roots)
  for (const { inputs } of seen) for (const each of inputs) seen.add(each)
  return [...seen]
}

const numbers = ({ data }: HostArray): readonly number[] => [...data]

const joined = (parts: readonly HostArray[]): readonly number[] => parts.flatMap(numbers)

describe("draws from the run's key", () => {
  it("of a sample are the same however its update is split into micro-batches", () => {
    const whole = drawsAt(method(1), 6)
    const parts = [0, 2, 4].map((first) => drawsAt(method(3), 2, { first }))
    for (const k of [0, 1])
      for (const what of ["timesteps", "noise", "indices"] as const)
        assert.deepStrictEqual(joined(parts.map((part) => part[k]![what])), numbers(whole[k]![what]))
  })

  it("of a micro-batch are drawn alone: nothing as large as an update is computed", () => {
    const roots = keyedDraws(method(40), { root: key(1), update: word(0), first: word(3) }, 2)(latent)
    const largest = Math.max(...reachable(roots.map(({ noise }) => noise)).map(({ shape }) => sizeOf(shape)))
    assert.strictEqual(largest, 2 * sizeOf(latent))
  })

  it("differ between inner draws, updates, samples and seeds", () => {
    const [base, inner] = drawsAt(method(2), 2)
    const others = [inner!, ...[{ update: 1 }, { first: 2 }, { seed: 43 }].map((at) => drawsAt(method(2), 2, at)[0]!)]
    for (const other of others) {
      assert.notDeepEqual(numbers(other.noise), numbers(base!.noise))
      assert.notDeepEqual(numbers(other.indices), numbers(base!.indices))
    }
  })

  it("are uniform timesteps of 0 … 999 and standard normal noise", () => {
    const [{ timesteps, noise }] = drawsAt(method(1), 2000) as [ReturnType<typeof drawsAt>[number]]
    const steps = numbers(timesteps)
    assert.isTrue(steps.every((t) => Number.isInteger(t) && t >= 0 && t < 1000))
    assert.closeTo(steps.reduce((a, b) => a + b, 0) / steps.length, 499.5, 4 * (1000 / Math.sqrt(12 * 2000)))
    const values = numbers(noise)
    assert.closeTo(values.reduce((a, b) => a + b, 0) / values.length, 0, 4 / Math.sqrt(values.length))
    assert.closeTo(values.reduce((a, b) => a + b * b, 0) / values.length, 1, 4 * Math.sqrt(2 / values.length))
  })

  it("repeat patches with replacement, and never without", () => {
    const repeated = drawsAt(method(1), 50)[0]!.indices
    const distinct = drawsAt(method(1, { patchDraws: "withoutReplacement" }), 50)[0]!.indices
    const sets = ({ data }: HostArray) =>
      Array.from({ length: 50 }, (_, i) => new Set(data.slice(6 * i, 6 * i + 6)).size)
    assert.isBelow(Math.min(...sets(repeated)), 6)
    assert.strictEqual(Math.min(...sets(distinct)), 6)
    for (const indices of [repeated, distinct]) assert.isTrue(numbers(indices).every((i) => i >= 0 && i < 10))
  })

  it("of more patches than there are cannot be had without replacement", () => {
    try {
      drawsAt(method(1, { patchDraws: "withoutReplacement" }), 1, {}, 11)
      assert.fail("no error")
    } catch (error) {
      assert.isTrue(isTensorError(error) && error._tag === "InvalidAttribute")
    }
  })

  it("share timesteps in a micro-batch, or take the inner draw's number, where switched so", () => {
    const shared = drawsAt(method(1, {}, timestepPerBatch), 5)[0]!.timesteps
    assert.strictEqual(new Set(numbers(shared)).size, 1)
    const indices = drawsAt(method(1, {}, timestepByDraw), 2)
    assert.deepStrictEqual(
      indices.map(({ timesteps }) => numbers(timesteps)),
      [
        [0, 0],
        [1, 1],
      ],
    )
  })

  it("stay within bounds, or near the middle, where timesteps are sampled so", () => {
    const between = numbers(drawsAt(method(1, {}, timestepsBetween(200, 300)), 500)[0]!.timesteps)
    assert.isTrue(between.every((t) => t >= 200 && t < 300))
    assert.isAbove(new Set(between).size, 50)
    const middle = numbers(drawsAt(method(1, {}, logitNormalTimesteps(0, 0.5)), 500)[0]!.timesteps)
    assert.isTrue(middle.every((t) => Number.isInteger(t) && t >= 0 && t < 1000))
    // 87 in 100 of logistic(0.5·n) lie in 0.32 … 0.68.
    const share = middle.filter((t) => t >= 320 && t < 680).length / 500
    assert.isAbove(share, 0.8)
    assert.isBelow(share, 0.95)
  })

  it("share noise between inner draws where switched so", () => {
    const [first, second] = drawsAt(method(1, { noise: "sharedByInnerDraws" }), 2)
    assert.deepStrictEqual(numbers(second!.noise), numbers(first!.noise))
    assert.notDeepEqual(numbers(second!.timesteps), numbers(first!.timesteps))
  })
})

describe("draws as Diffusion-TTA's options have them", () => {
  const timestepsOf = (sampling: TimestepSampling, trainSteps: number, batch = 3, update = 0) =>
    drawsAt(method(1, { trainSteps }, sampling), batch, { update }).map(({ timesteps }) => numbers(timesteps))

  it("take fixed timesteps in turn, the same for every image and update", () => {
    const expected = [10, 500, 900, 10].map((step) => [step, step, step])
    for (const update of [0, 7])
      assert.deepStrictEqual(timestepsOf(fixedTimesteps(10, 500, 900), 4, 3, update), expected)
  })

  it.each([[[1000]], [[-1]], [[1.5]], [[]]])("refuse %j as fixed timesteps", (steps) => {
    try {
      timestepsOf(fixedTimesteps(...steps), 1)
      assert.fail("no error")
    } catch (error) {
      assert.isTrue(isTensorError(error) && error._tag === "InvalidAttribute")
    }
  })

  it("spread an image's draws evenly over the schedule, each image from a start of its own", () => {
    const draws = timestepsOf(evenTimestepsOfDraws, 8, 40)
    const starts = draws[0]!
    assert.isTrue(starts.every((start) => start >= 0 && start < 125))
    assert.isAbove(new Set(starts).size, 20)
    for (const [k, steps] of draws.entries())
      assert.deepStrictEqual(
        steps,
        starts.map((start) => start + 125 * k),
      )
    assert.notDeepEqual(timestepsOf(evenTimestepsOfDraws, 8, 40, 1)[0], starts)
  })

  it("spread a batch's images evenly over the schedule, each draw from a start of its own", () => {
    const draws = timestepsOf(evenTimestepsOfBatch, 2, 16)
    for (const steps of draws)
      assert.deepStrictEqual(
        steps,
        steps.map((_, b) => steps[0]! + 62 * b),
      )
    assert.isTrue(draws.every(([start]) => start! < 62))
    assert.notStrictEqual(draws[0]![0], draws[1]![0])
  })

  const noiseOf = (noise: Switches["noise"], place: Place = {}) =>
    drawsAt(method(1, { noise }), 2, place).map(({ noise: { data } }) => [
      data.slice(0, sizeOf(latent)),
      data.slice(sizeOf(latent)),
    ])

  it("share noise among an update's images, however it is split, and among draws, where switched so", () => {
    const [first, second, third] = noiseOf("sharedByImages").flat()
    assert.deepStrictEqual(second, first)
    assert.notDeepEqual(third, first)
    assert.deepStrictEqual(noiseOf("sharedByImages", { first: 2 })[0]![0], first)
    assert.notDeepEqual(noiseOf("sharedByImages", { update: 1 })[0]![0], first)
    const all = noiseOf("sharedByAll").flat()
    for (const noise of all) assert.deepStrictEqual(noise, all[0])
  })

  it("are as many timesteps of an image as there are inner draws, with one noise where it is shared", () => {
    const draws = drawsAt(method(1, { trainSteps: 5, noise: "sharedByInnerDraws" }, evenTimestepsOfDraws), 1)
    assert.strictEqual(new Set(draws.map(({ timesteps }) => timesteps.data[0])).size, 5)
    for (const { noise } of draws) assert.deepStrictEqual(numbers(noise), numbers(draws[0]!.noise))
  })
})

describe("the places of the smallest words", () => {
  it("are those a stable sort finds, ties included", () => {
    const rows = fc.array(fc.nat({ max: 5 }), { minLength: 7, maxLength: 7 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 7 }), (row, count) => {
        const got = numbers(interpret(smallestPlaces(constant(row, [1, 7], "u32"), count)))
        const sorted = row.map((value, i) => [value, i] as const).toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
        assert.deepStrictEqual(
          got,
          sorted.slice(0, count).map(([, i]) => i),
        )
      }),
      { numRuns: 30 },
    )
  })
})
