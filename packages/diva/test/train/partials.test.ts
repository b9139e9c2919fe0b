import { assert, describe, it } from "@effect/vitest"
import type { HostArray } from "@diva/tensor"
import { Effect, Layer } from "effect"
import { Gpu } from "../../src/gpu/gpu.ts"
import { packPixels } from "../../src/objective/pixels.ts"
import { sgdWith } from "../../src/objective/update.ts"
import { checkTraining } from "../../src/train/checkTraining.ts"
import { Events } from "../../src/train/observe/events.ts"
import { openMachine } from "../../src/train/machine/machine.ts"
import { firstState } from "../../src/train/startState.ts"
import type { TrainConfig } from "../../src/train/config/trainConfig.ts"
import { tinyConfig } from "./tinyRun.ts"

/** An update of four micro-batches in two partial sums, that moves each parameter by its gradient. */
const config: TrainConfig = {
  ...tinyConfig,
  method: {
    ...tinyConfig.method,
    imagesPerUpdate: 4,
    switches: { ...tinyConfig.method.switches, clipNorm: null },
  },
  partials: 2,
  optimisation: { ...tinyConfig.optimisation, optimizer: sgdWith({}) },
}

const pixels = (micro: number): HostArray =>
  packPixels(
    Uint8Array.from({ length: 768 }, (_, i) => (i * (micro + 3) + 17 * micro) % 256),
    1,
    16,
  )

const name = "visual.proj"

const gradientOf = (
  sums: readonly {
    readonly gradientSum: { readonly class_model: { readonly model: Readonly<Record<string, HostArray>> } }
  }[],
  partial: number,
) => sums[partial]!.gradientSum.class_model.model[name]!.data

const services = Layer.merge(Gpu.layerInterpreter, Events.layerOf([]))

/** A worker: computes some micro-batches of the update, each into its partial sum. */
const worker = Effect.fnUntraced(function* (micros: readonly number[], of: TrainConfig = config) {
  const machine = yield* openMachine(of, firstState(of, {}))
  for (const micro of micros)
    yield* machine.microStep(pixels(micro), 0, micro, Math.floor((micro * (of.partials ?? 1)) / 4))
  return machine
})

describe("partial sums of an update", () => {
  it.live("have the same bits whichever worker computes them, and are added in a fixed tree", () =>
    Effect.gen(function* () {
      const all = yield* worker([0, 1, 2, 3])
      const [first, second] = [yield* worker([0, 1]), yield* worker([2, 3])]
      const [whole, a, b] = [yield* all.sums, yield* first.sums, yield* second.sums]
      assert.deepStrictEqual(gradientOf(a, 0), gradientOf(whole, 0))
      assert.deepStrictEqual(gradientOf(b, 1), gradientOf(whole, 1))
      yield* all.update(1, 0)
      const moved = (yield* all.read).parameters.get(`class_model.model.${name}`)!.data
      const before = (config.weights.clip.get(name) as HostArray).data
      const tree = Float32Array.from(gradientOf(whole, 0), (g, i) => g + gradientOf(whole, 1)[i]!)
      assert.deepStrictEqual(
        [...moved],
        [...tree].map((g, i) => Math.fround(before[i]! - g)),
      )
    }).pipe(Effect.scoped, Effect.provide(services)),
  )

  it.live("differ from one sum in rounding alone", () =>
    Effect.gen(function* () {
      const one = { ...config, partials: 1 }
      const [parts, single] = [yield* worker([0, 1, 2, 3]), yield* worker([0, 1, 2, 3], one)]
      const [{ losses }, reference] = [yield* parts.update(1, 0), yield* single.update(1, 0)]
      losses.forEach((loss, k) => assert.closeTo(loss, reference.losses[k]!, 1e-6))
    }).pipe(Effect.scoped, Effect.provide(services)),
  )

  it("must divide an update's micro-batches, as those its images", () => {
    const { _tag } = checkTraining({ ...config, partials: 3 })
    assert.strictEqual(_tag, "Left")
    assert.strictEqual(checkTraining({ ...config, batchSize: 3 })._tag, "Left")
    assert.strictEqual(checkTraining(config)._tag, "Right")
  })
})
