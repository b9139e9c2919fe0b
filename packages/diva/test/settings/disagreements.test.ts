import { assert, describe, it } from "@effect/vitest"
import { constant, interpret, isTensor, key, mapTree, sizeOf, zeros, type Tensor } from "@diva/tensor"
import { halfStatistics, openaiStatistics, type Params } from "@diva/models"
import { Effect, Layer } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { tinyModels, tinyPrompts } from "../../src/demo/tinyModels.ts"
import { smallestSizes } from "../../src/demo/tinyRow.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { keyedDraws } from "../../src/objective/keyedDraws.ts"
import type { Method } from "../../src/objective/method.ts"
import { latentOf, microStep, type Trainable } from "../../src/objective/microStep.ts"
import { packPixels } from "../../src/objective/pixels.ts"
import { clipImage } from "../../src/objective/towerImage.ts"
import { imagenetStatistics } from "../../src/objective/vaeImage.ts"
import { checkPartial, completeSettings } from "../../src/settings/checkSettings.ts"
import { rowNamed, trainingFrom } from "../../src/settings/trainingFrom.ts"
import { readConfigs } from "../../src/sources/readConfigs.ts"
import { embedText } from "../../src/train/machine/embedText.ts"
import { openMachine } from "../../src/train/machine/machine.ts"
import { Events } from "../../src/train/observe/events.ts"
import { microStepSpecs } from "../../src/train/plan/microProgram.ts"
import { firstState } from "../../src/train/startState.ts"
import { initialWeights } from "../../src/weights/initialWeights.ts"
import { namedArrays } from "../../src/weights/namedArrays.ts"

// What each setting changes in the program that is trained. Numbers in brackets: rows of the table of disagreements in
// docs/method.md. Those that are about evaluation stand in evaluate/disagreements.test.ts.

type Given = Readonly<Record<string, unknown>>

const needed: Given = { "demo-data": true, "synthetic-weights": true }

const small = {
  configs: E.getOrElseW((error: unknown): never => {
    throw error
  })(tinyModels(smallestSizes)),
  promptIds: tinyPrompts,
}

/** Settings as a configuration file gives them. */
const settingsOf = (given: Given) =>
  Effect.flatMap(checkPartial({ ...needed, ...given }), (checked) => completeSettings(checked))

/** The training of small models that a configuration file describes: seven patches, ten images an update, one at a time. */
const trainingOf = (given: Given) =>
  Effect.map(settingsOf({ patches: 7, "images-per-update": 10, batch: 1, "image-size": 16, ...given }), (settings) =>
    trainingFrom(settings, small),
  )

/** Reproducible numbers of no particular meaning, about −1 … 1. */
const waves = (shape: readonly number[], phase: number): Tensor =>
  constant(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1.7 * i + phase)),
    shape,
  )

const image = waves([1, 3, 16, 16], 0.5)
const text = waves([1, 8, smallestSizes.contextWidth], 3)

type Training = Effect.Success<ReturnType<typeof trainingOf>>

const weightsOf = ({ configs, method }: Training) => initialWeights(configs, method.models, 7)

const asParams = (named: ReturnType<typeof weightsOf>["clip"], names: readonly { readonly name: string }[]): Params =>
  Object.fromEntries(
    names.map(({ name }) => {
      const { data, shape, dtype } = named.get(name)!
      return [name, constant(data, shape, dtype)]
    }),
  )

const frozenVae = (training: Training): Params =>
  asParams(weightsOf(training).vae, training.method.models.prior.vae.parameters)

/** The sums of a micro-step of one image, as expressions: only what is asked for is computed. */
const stepOf = (training: Training, textEmbedding = text) => {
  const { method } = training
  const { models, switches } = method
  const weights = weightsOf(training)
  const trainable: Trainable = {
    class_model: { model: asParams(weights.clip, models.image.parameters) },
    visual_proj: asParams(weights.visualProjection, [{ name: "weight" }, { name: "bias" }]),
  }
  const gradientSum = mapTree(trainable, isTensor, ({ shape }) => zeros(shape)) as Trainable
  const unet = asParams(weights.unet, models.prior.unet.parameters)
  const frozen = { unet, vae: frozenVae(training), textEmbedding }
  const word = constant([0], [], "u32")
  return microStep(
    method,
    { trainable, frozen, gradientSum, images: image },
    keyedDraws(method, { root: key(42), update: word, first: word }, 1),
    { images: 1, draws: switches.trainSteps, recompute: [] },
  )
}

const lossesOf = (training: Training, textEmbedding?: Tensor): readonly number[] => [
  ...interpret(stepOf(training, textEmbedding).losses).data,
]

const gradientOf = (training: Training): readonly number[] => [
  ...interpret(stepOf(training).gradientSum.visual_proj!["bias"]!).data,
]

const assertClose = (got: readonly number[], want: readonly number[], bar = 1e-5): void => {
  assert.strictEqual(got.length, want.length)
  const scale = Math.max(...want.map(Math.abs))
  got.forEach((value, i) => assert.closeTo(value, want[i]!, bar * scale, String(i)))
}

const assertApart = (got: readonly number[], other: readonly number[]): void =>
  assert.isAbove(Math.max(...got.map((value, i) => Math.abs(value - other[i]!))), 1e-3)

/** Distinct patches among those that a training draws of an image, and how many it draws. */
const drawnOf = ({ condition, ...method }: Method, patches: number) => {
  const word = constant([0], [], "u32")
  const [{ draw }] = keyedDraws(
    { ...method, condition },
    { root: key(1), update: word, first: word },
    1,
  )([1, 1, 1]) as [ReturnType<ReturnType<typeof keyedDraws>>[number]]
  const seen: Tensor[] = []
  const [global, all] = [zeros([1, 1, 1]), zeros([1, patches, 1])]
  const retained = condition({
    global,
    patches: all,
    draw: (count, bound) => {
      seen.push(draw(count, bound))
      return seen.at(-1)!
    },
  })
  const indices = seen.flatMap((each) => [...interpret(each).data])
  return { retained: retained.shape[1], drawn: indices.length, distinct: new Set(indices).size }
}

describe("where paper and code disagree, a setting", () => {
  it.effect("draws the paper's shares of patches instead of 76, and each patch once (1)", () =>
    Effect.gen(function* () {
      const drawn = Effect.fnUntraced(function* (given: Given, patches: number) {
        const { method } = trainingFrom(yield* settingsOf(given), small)
        return drawnOf(method, patches)
      })
      for (const patches of [256, 576]) assert.include(yield* drawn({}, patches), { retained: 77, drawn: 76 })
      assert.include(yield* drawn({ condition: "random-share(0.15)" }, 256), { retained: 39, drawn: 38 })
      assert.include(yield* drawn({ condition: "random-share(0.3)" }, 576), { retained: 173, drawn: 172 })
      // With replacement 256·(1 − (255/256)^76) = 65.9 are expected.
      assert.approximately((yield* drawn({}, 256)).distinct, 65.9, 6)
      assert.strictEqual((yield* drawn({ "patch-draws": "withoutReplacement" }, 256)).distinct, 76)
    }),
  )

  it.effect("shows DFN's tower at 378 pixels half of the patches, not 39 % (2)", () =>
    Effect.gen(function* () {
      const distinct = Effect.fnUntraced(function* (given: Given) {
        const settings = yield* settingsOf({ row: "dfn-h14-378", ...given })
        return drawnOf(trainingFrom(settings, small).method, 729)
      })
      const reference = yield* distinct({})
      assert.include(reference, { retained: 365, drawn: 364 })
      assert.approximately(reference.distinct / 729, 0.393, 0.03)
      for (const given of [{ "patch-draws": "withoutReplacement" }, { semantics: "corrected" }])
        assert.include(yield* distinct(given), { drawn: 364, distinct: 364 })
    }),
  )

  it.effect("takes the empty prompt for the template's (3)", () =>
    Effect.gen(function* () {
      const embedded = Effect.fnUntraced(function* (given: Given, promptIds = tinyPrompts) {
        const training = yield* trainingOf(given)
        const embedding = yield* embedText({ ...training, promptIds, weights: weightsOf(training) })
        return [...namedArrays({ embedding }).get("embedding")!.data]
      })
      const [template, empty] = [yield* embedded({}), yield* embedded({ prompt: "empty" })]
      assertApart(empty, template)
      assert.deepStrictEqual(empty, yield* embedded({}, { ...tinyPrompts, template: tinyPrompts.empty }))
    }).pipe(Effect.provide(Gpu.layerInterpreter)),
  )

  it.effect("adds the text by position, its mean, or nothing (4)", () =>
    Effect.gen(function* () {
      const combined = (how: string) => trainingOf({ "text-combination": how })
      const [position, mean, none] = [yield* combined("per-position"), yield* combined("mean"), yield* combined("none")]
      const [byPosition, byMean, alone] = [lossesOf(position), lossesOf(mean), lossesOf(none)]
      assertApart(byMean, byPosition)
      assertApart(alone, byPosition)
      // As many tokens as positions are retained: the original's way.
      assert.deepStrictEqual(lossesOf(yield* trainingOf({})), byPosition)
      const width = smallestSizes.contextWidth
      const { data } = interpret(text)
      const middle = Array.from({ length: 8 * width }, (_, i) => {
        const column = Array.from({ length: 8 }, (_row, row) => data[row * width + (i % width)]!)
        return column.reduce((a, b) => a + b) / 8
      })
      assertClose(byMean, lossesOf(position, constant(middle, [1, 8, width])))
      assertClose(alone, lossesOf(position, zeros([1, 8, width])))
    }),
  )

  it.effect("counts both draws of an update alike, or the first more than the last (6)", () =>
    Effect.gen(function* () {
      const gradient = (given: Given) => Effect.map(trainingOf(given), gradientOf)
      const [reference, uniform] = [yield* gradient({}), yield* gradient({ "inner-weighting": "uniform" })]
      const twice = yield* gradient({ "reference-accumulation": 2 })
      assertApart(reference, uniform)
      // 5·g₀ + g₁, 2·g₀ + g₁ and g₀ + g₁ lie on a line.
      assertClose(
        reference.map((value, i) => value - uniform[i]!),
        twice.map((value, i) => 4 * (value - uniform[i]!)),
        1e-4,
      )
      const mean = yield* gradient({ "inner-weighting": "mean" })
      assertClose(
        mean,
        uniform.map((value) => value / 2),
      )
    }),
  )

  it.effect("warms up for longer or not at all, and falls by a cosine, a line or not at all (7)", () =>
    Effect.gen(function* () {
      const rates = Effect.fnUntraced(function* (given: Given, updates: readonly number[]) {
        const { schedule, updates: all } = (yield* trainingOf(given)).optimisation
        return updates.map((update) => Number((1e4 * schedule(all)(update)).toFixed(4)))
      })
      const quarter = 23 + (4600 - 23) / 4
      assert.deepStrictEqual(yield* rates({}, [0, 11.5, 23, quarter]), [0, 0.5, 1, 0.8536])
      assert.deepStrictEqual(yield* rates({ "warmup-ratio": 0.01 }, [0, 23, 46]), [0, 0.5, 1])
      assert.deepStrictEqual(yield* rates({ "warmup-ratio": 0 }, [0]), [1])
      assert.deepStrictEqual(yield* rates({ schedule: "linear" }, [quarter]), [0.75])
      assert.deepStrictEqual(yield* rates({ schedule: "constant" }, [23, quarter]), [1, 1])
    }),
  )

  it.effect("gives the VAE pixels of its own range (8)", () =>
    Effect.gen(function* () {
      const latent = Effect.fnUntraced(function* (given: Given, images: Tensor) {
        const training = yield* trainingOf(given)
        return [...interpret(latentOf(training.method, frozenVae(training), images)).data]
      })
      // Images that the mixed statistics turn into what the right ones make of `image`.
      const shifted = [...interpret(image).data].map((value, i) => {
        const channel = Math.floor(i / 256)
        const [ours, theirs] = [openaiStatistics, imagenetStatistics]
        const pixel = value * ours.std[channel]! + ours.mean[channel]!
        return (pixel - theirs.mean[channel]!) / theirs.std[channel]!
      })
      const [reference, correct] = [yield* latent({}, image), yield* latent({ "vae-input": "correct" }, image)]
      assertApart(correct, reference)
      assertClose(correct, yield* latent({}, constant(shifted, [1, 3, 16, 16])), 1e-4)
    }),
  )

  it.effect("trains against Stable Diffusion 1.4, through a projection of its width (10)", () =>
    Effect.gen(function* () {
      const projection = Effect.fnUntraced(function* (given: Given) {
        const settings = yield* settingsOf(given)
        const models = yield* readConfigs({ clipConfig: rowNamed(settings), sdConfig: settings["sd-config"] })
        const { trainable, frozen } = microStepSpecs(trainingFrom(settings, models))
        return [trainable.visual_proj!["weight"]!.shape, frozen.textEmbedding.shape]
      })
      assert.deepStrictEqual(yield* projection({}), [
        [1024, 768],
        [1, 77, 1024],
      ])
      assert.deepStrictEqual(yield* projection({ "sd-config": "sd-1-4" }), [
        [768, 768],
        [1, 77, 768],
      ])
    }),
  )

  it.effect("gives towers pixels as they were made for, where OpenAI's are not (15)", () =>
    Effect.gen(function* () {
      const white = (value: number) =>
        constant(
          Array.from({ length: 768 }, (_, i) => {
            const channel = Math.floor(i / 256)
            return (value - openaiStatistics.mean[channel]!) / openaiStatistics.std[channel]!
          }),
          [1, 3, 16, 16],
        )
      const seen = Effect.fnUntraced(function* (given: Given, value: number) {
        const { method } = yield* trainingOf(given)
        const siglips = { ...method.models.image, statistics: halfStatistics }
        const models = { ...method.models, image: siglips }
        return interpret(clipImage({ ...method, models }, white(value))).data[0]!
      })
      assert.closeTo(yield* seen({}, 1), (1 - openaiStatistics.mean[0]) / openaiStatistics.std[0], 1e-5)
      for (const given of [{ "tower-pixels": "towerStatistics" }, { semantics: "corrected" }])
        for (const value of [0, 1]) assert.closeTo(yield* seen(given, value), 2 * value - 1, 1e-5)
    }),
  )

  it.effect("keeps a line that resizing without antialiasing loses (16)", () =>
    Effect.gen(function* () {
      // White on the first of every four pixels: the two that a sample is made of lie beside it.
      const lines = constant(
        Array.from({ length: 3 * 64 * 64 }, (_, i) => ((i % 64) % 4 === 0 ? 1 : 0)),
        [1, 3, 64, 64],
      )
      const brightest = Effect.fnUntraced(function* (given: Given) {
        const { method } = yield* trainingOf(given)
        return Math.max(...interpret(clipImage(method, lines)).data)
      })
      assert.strictEqual(yield* brightest({}), 0)
      assert.isAbove(yield* brightest({ "tower-resize": "antialiased" }), 0.2)
    }),
  )
})

const pixels = packPixels(
  Uint8Array.from({ length: 768 }, (_, i) => (i * 5) % 256),
  1,
  16,
)

const services = Layer.merge(Gpu.layerInterpreter, Events.layerOf([]))

/** How far an update of one image moves the tower's and the projection's parameters, and its gradient's norm. */
const movedBy = Effect.fnUntraced(function* (given: Given) {
  const training = yield* trainingOf({ "images-per-update": 1, momentum: 0, ...given })
  const config = { ...training, weights: weightsOf(training) }
  const begun = firstState(config, {})
  const machine = yield* openMachine(config, begun)
  yield* machine.microStep(pixels, 0, 0)
  const { gradientNorm } = yield* machine.update(1, 0)
  const moved = [...(yield* machine.read).parameters].map(([name, { data }]) => {
    const before = (begun.parameters.get(name) as { readonly data: Float32Array }).data
    return [name, Array.from(data, (value, i) => value - before[i]!)] as const
  })
  const of = (prefix: string) => moved.filter(([name]) => name.startsWith(prefix)).flatMap(([, values]) => values)
  return { tower: of("class_model."), projection: of("visual_proj."), gradientNorm }
}, Effect.scoped)

describe("where paper and code disagree, a run", () => {
  it.effect("trains the projection, at another rate, or not at all, and the tower all the same (5)", () =>
    Effect.gen(function* () {
      const free = { "clip-norm": "none" }
      const trained = yield* movedBy(free)
      const slow = yield* movedBy({ ...free, "projection-rate": 0.1 })
      const frozen = yield* movedBy({ ...free, "visual-projection": "frozen" })
      assertApart(
        trained.projection,
        trained.projection.map(() => 0),
      )
      assertClose(
        slow.projection,
        trained.projection.map((value) => 0.1 * value),
        1e-4,
      )
      assert.deepStrictEqual(frozen.projection, [])
      for (const { tower } of [slow, frozen]) assertClose(tower, trained.tower)
    }).pipe(Effect.provide(services)),
  )

  it.effect("clips gradients to norm 1, to another, or not (7)", () =>
    Effect.gen(function* () {
      const lengthOf = ({ tower, projection }: Effect.Success<ReturnType<typeof movedBy>>) =>
        Math.hypot(...tower, ...projection)
      const free = yield* movedBy({ "clip-norm": "none" })
      assert.closeTo(lengthOf(free) / free.gradientNorm, 1, 1e-3)
      assert.isAbove(free.gradientNorm, 1)
      assert.closeTo(lengthOf(yield* movedBy({})), 1, 1e-3)
      assert.closeTo(lengthOf(yield* movedBy({ "clip-norm": "0.25" })), 0.25, 1e-3)
    }).pipe(Effect.provide(services)),
  )
})
