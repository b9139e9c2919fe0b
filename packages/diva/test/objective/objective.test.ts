import { assert, describe, it } from "@effect/vitest"
import { constant, input, interpret, isTensorError, zeros, type HostArray, type Tensor } from "@diva/tensor"
import { normalise } from "@diva/models"
import { innerWeights } from "../../src/objective/innerWeights.ts"
import { normalisePixels, packPixels } from "../../src/objective/pixels.ts"
import { referenceSwitches, type Switches } from "../../src/objective/switches.ts"
import type { Trainable } from "../../src/objective/microStep.ts"
import {
  adamwWith,
  firstOptimizer,
  sgdWith,
  update,
  type OptimizerChoice,
  type UpdateOptions,
} from "../../src/objective/update.ts"
import { vaeImage } from "../../src/objective/vaeImage.ts"

const weights = (innerWeighting: Switches["innerWeighting"], trainSteps: number, accumulation: number, batch = 2) =>
  innerWeights(
    {
      switches: { innerWeighting, trainSteps, referenceAccumulation: accumulation },
      imagesPerUpdate: accumulation * 2,
    },
    batch,
  )

describe("weights of inner draws", () => {
  it("are 1 for all but the last and 1/A for the last, as the original accumulates A micro-batches", () => {
    assert.deepStrictEqual(weights("reference", 2, 5), [1, 0.2])
    assert.deepStrictEqual(weights("reference", 3, 4), [1, 1, 0.25])
  })

  it("are 1/A with a single inner draw, uniform or not", () => {
    assert.deepStrictEqual(weights("reference", 1, 5), [0.2])
    assert.deepStrictEqual(weights("uniform", 2, 5), [0.2, 0.2])
  })

  it("add up to a mean over an update's micro-batches and draws where asked", () => {
    assert.deepStrictEqual(weights("mean", 2, 5), [0.1, 0.1])
  })

  it("of an update are the same however it is split into micro-batches", () => {
    for (const weighting of ["reference", "uniform", "mean"] as const)
      for (const k of [0, 1])
        assert.closeTo(5 * weights(weighting, 2, 5)[k]!, 10 * weights(weighting, 2, 5, 1)[k]!, 1e-12)
  })

  it("are the original's on eight devices: the mean of their sums", () => {
    const [first, last] = innerWeights({ switches: referenceSwitches, imagesPerUpdate: 640 }, 16)
    assert.closeTo(40 * first!, 5, 1e-12)
    assert.closeTo(40 * last!, 5 / 5, 1e-12)
  })
})

const channel = (value: number): Tensor => constant([value, value, value], [1, 3, 1, 1])

/** Numbers to five decimals, without a negative zero. */
const rounded = (values: ArrayLike<number>): readonly number[] =>
  Array.from(values, (value) => Number(value.toFixed(5)) + 0)

describe("the VAE's input", () => {
  it("is 0.458x − 0.030, 0.448x − 0.088, 0.450x − 0.188 as the original mixes its statistics up", () => {
    assert.deepStrictEqual(
      rounded(interpret(vaeImage(channel(0), "imagenetStatistics")).data),
      rounded([-0.03, -0.088, -0.188]),
    )
    assert.deepStrictEqual(
      rounded(interpret(vaeImage(channel(1), "imagenetStatistics")).data),
      rounded([0.428, 0.36, 0.262]),
    )
  })

  it("spans −1 … 1 for pixels 0 … 1 where it is corrected", () => {
    const pixels = (value: number) =>
      constant(
        Array.from(
          { length: 3 },
          (_, c) => normalise({ width: 1, height: 1, data: new Uint8Array(3).fill(value) })[c]!,
        ),
        [1, 3, 1, 1],
      )
    assert.deepStrictEqual(rounded(interpret(vaeImage(pixels(0), "correct")).data), rounded([-1, -1, -1]))
    assert.deepStrictEqual(rounded(interpret(vaeImage(pixels(255), "correct")).data), rounded([1, 1, 1]))
  })
})

describe("pixels", () => {
  const size = 4
  const bytes = Uint8Array.from({ length: 2 * size * size * 3 }, (_, i) => (i * 89) % 256)

  it("are normalised on the machine as the image package normalises them on the host", () => {
    const got = interpret(normalisePixels(constant(packPixels(bytes, 2, size).data, [2, 12], "u32"), size))
    assert.deepStrictEqual(got.shape, [2, 3, size, size])
    for (const image of [0, 1]) {
      const data = bytes.slice(image * 48, (image + 1) * 48)
      assert.deepStrictEqual(
        rounded(got.data.subarray(image * 48, (image + 1) * 48)),
        rounded(normalise({ width: size, height: size, data })),
      )
    }
  })

  it("of an odd size are refused with a remedy", () => {
    try {
      packPixels(new Uint8Array(27), 1, 3)
      assert.fail("no error")
    } catch (error) {
      assert.isTrue(isTensorError(error) && error._tag === "InvalidData" && error.remedy.includes("even"))
    }
  })
})

const scalar = (value: number): HostArray => ({ shape: [1], dtype: "f32", data: Float32Array.of(value) })

const tree = (value: (path: string) => Tensor) => ({
  class_model: { model: { a: value("a"), b: value("b") } },
})

/** Two parameters at 1, momentum 0.5, gradients (3, 4) of norm 5, rate 0.1. */
const updated = (options: UpdateOptions) => {
  const at = (prefix: string) => tree((name) => input({ shape: [1], dtype: "f32" }, `${prefix}.${name}`))
  const outputs = update(
    {
      trainable: at("p"),
      optimizer: { momentum: at("m") },
      sums: [{ gradientSum: at("g"), lossSum: zeros([2]) }],
      learningRate: constant([0.1], []),
    },
    options,
  )
  const given = { "p.a": 1, "p.b": 1, "m.a": 0.5, "m.b": 0.5, "g.a": 3, "g.b": 4 }
  const { trainable, optimizer, sums, gradientNorm } = interpret(
    outputs,
    new Map(Object.entries(given).map(([path, value]) => [path, scalar(value)])),
  )
  const pair = ({ class_model: { model } }: typeof trainable) => [model["a"]!.data[0]!, model["b"]!.data[0]!]
  return {
    trainable: pair(trainable),
    momentum: pair(optimizer["momentum"] as typeof trainable),
    sum: pair(sums[0]!.gradientSum),
    norm: gradientNorm.data[0]!,
  }
}

/** A tower's parameter and a projection's at 1 after the first update: gradients 3 and 4, rate 0.1. */
const projectionUpdated = (
  optimizer: OptimizerChoice,
  projectionRate: number,
  { clipNorm = null, projectionWarmup = 0 }: Partial<UpdateOptions> = {},
  towerShare?: number,
): readonly number[] => {
  const both = (tower: number, projection: number): Trainable => ({
    class_model: { model: { a: constant([tower], [1]) } },
    visual_proj: { bias: constant([projection], [1]) },
  })
  const options: UpdateOptions = { clipNorm, optimizer, projectionRate, projectionWarmup }
  const [trainable, learningRate] = [both(1, 1), constant([0.1], [])]
  const { trainable: moved } = interpret(
    update(
      {
        trainable,
        optimizer: firstOptimizer(trainable, learningRate, options),
        sums: [{ gradientSum: both(3, 4), lossSum: zeros([2]) }],
        learningRate,
        ...(towerShare === undefined ? {} : { towerShare: constant([towerShare], []) }),
      },
      options,
    ),
  )
  return [moved.class_model.model["a"]!.data[0]!, moved.visual_proj!["bias"]!.data[0]!]
}

describe("an update", () => {
  it("clips the gradient to a global norm of 1, adds it to 0.9 of the momentum and steps along it", () => {
    const { trainable, momentum, sum, norm } = updated({ clipNorm: 1 })
    assert.strictEqual(norm, 5)
    assert.deepStrictEqual(rounded(momentum), rounded([0.45 + 0.6, 0.45 + 0.8]))
    assert.deepStrictEqual(rounded(trainable), rounded([1 - 0.105, 1 - 0.125]))
    assert.deepStrictEqual(sum, [0, 0])
  })

  it("leaves the gradient alone where nothing is clipped, by size or by choice", () => {
    assert.deepStrictEqual(rounded(updated({ clipNorm: null }).momentum), rounded([3.45, 4.45]))
    assert.deepStrictEqual(rounded(updated({ clipNorm: 10 }).momentum), rounded([3.45, 4.45]))
  })

  it("moves the projection by its own rate, and the tower as if there were none", () => {
    const apart = projectionUpdated(sgdWith({ momentum: 0.9 }), 0.1)
    const alike = projectionUpdated(sgdWith({ momentum: 0.9 }), 1)
    assert.deepStrictEqual(rounded(alike), rounded([1 - 0.3, 1 - 0.4]))
    assert.deepStrictEqual(rounded(apart), rounded([1 - 0.3, 1 - 0.04]))
  })

  it("clips the norm of tower and projection together, whatever their rates", () => {
    const options = { clipNorm: 1 }
    assert.deepStrictEqual(rounded(projectionUpdated(sgdWith({}), 0.1, options)), rounded([1 - 0.06, 1 - 0.008]))
  })

  it("lets the projection learn alone while the tower rests, and both after that as if nothing had been", () => {
    const warming = (share: number) =>
      projectionUpdated(adamwWith({ weightDecay: 0.1 }), 0.5, { projectionWarmup: 3 }, share)
    const moved = projectionUpdated(adamwWith({ weightDecay: 0.1 }), 0.5)
    assert.deepStrictEqual(rounded(warming(0)), rounded([1, moved[1]!]))
    assert.deepStrictEqual(rounded(warming(1)), rounded(moved))
  })

  it("gives each its own state of an optimizer that has one", () => {
    // Adam's first step is its rate, whatever the gradient.
    assert.deepStrictEqual(rounded(projectionUpdated(adamwWith({ weightDecay: 0 }), 0.5)), rounded([1 - 0.1, 1 - 0.05]))
  })
})
