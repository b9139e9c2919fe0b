import { assert, describe, it } from "@effect/vitest"
import {
  add,
  constant,
  interpret,
  isTensor,
  mapTree,
  mean,
  mul,
  reshape,
  square,
  sub,
  zeros,
  type HostArray,
  type Tensor,
} from "@diva/tensor"
import { grad } from "@diva/autograd"
import type { Params } from "@diva/models"
import { classOnly, layerTokens, noText, textMean } from "../../src/condition/index.ts"
import { givenIndices, type InnerDraws } from "../../src/objective/draws.ts"
import type { Execution } from "../../src/objective/execution.ts"
import { innerPass } from "../../src/objective/innerPass.ts"
import { innerWeights } from "../../src/objective/innerWeights.ts"
import { huber, l1, minSnr } from "../../src/objective/loss.ts"
import { featureDistance, parameterDistance } from "../../src/objective/regulariser.ts"
import { normalisedProjection } from "../../src/objective/projection.ts"
import type { Method } from "../../src/objective/method.ts"
import { latentOf, microStep, projectionOf, type Frozen, type Trainable } from "../../src/objective/microStep.ts"
import { clipImage } from "../../src/objective/towerImage.ts"
import { referenceSwitches, type Switches } from "../../src/objective/switches.ts"
import { namedArrays } from "../../src/weights/namedArrays.ts"
import { relativeError } from "../reference/caseFolder.ts"
import { tinyConfig } from "../train/tinyRun.ts"

const { models } = tinyConfig.method

const asTensor = ({ data, shape, dtype }: HostArray): Tensor => constant(data, shape, dtype)

const paramsOf = (model: "clip" | "unet" | "vae", names: readonly { readonly name: string }[]): Params =>
  Object.fromEntries(names.map(({ name }) => [name, asTensor(tinyConfig.weights[model].get(name)!)]))

/** Reproducible numbers of no particular meaning, about −1 … 1. */
const waves = (shape: readonly number[], phase: number): Tensor =>
  constant(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.7 * i + phase)),
    shape,
  )

const visual_proj = {
  weight: asTensor(tinyConfig.weights.visualProjection.get("weight")!),
  bias: asTensor(tinyConfig.weights.visualProjection.get("bias")!),
}

const tower = { class_model: { model: paramsOf("clip", models.image.parameters) } }

const frozenModels = {
  unet: paramsOf("unet", models.prior.unet.parameters),
  vae: paramsOf("vae", models.prior.vae.parameters),
  textEmbedding: waves([1, 8, models.prior.unet.contextWidth], 3),
}

const images = waves([2, 3, 16, 16], 0.5)

const drawsOf = (k: number): InnerDraws => ({
  timesteps: constant([100 + 300 * k, 900 - 200 * k], [2], "i32"),
  noise: waves([2, 4, 8, 8], k),
  draw: givenIndices([
    constant(
      Int32Array.from({ length: 14 }, (_, i) => (i * (k + 3)) % 4),
      [2, 7],
      "i32",
    ),
  ]),
})

const methodWith = (switches: Partial<Switches>, change: Partial<Method> = {}): Method => ({
  ...tinyConfig.method,
  imagesPerUpdate: 10,
  switches: { ...referenceSwitches, ...switches },
  ...change,
})

const zerosLike = <T>(tree: T): T => mapTree(tree, isTensor, ({ shape }) => zeros(shape)) as T

const onesLike = <T>(tree: T): T => mapTree(tree, isTensor, ({ shape }) => add(zeros(shape), 1)) as T

const draws = (method: Method) => Array.from({ length: method.switches.trainSteps }, (_, k) => drawsOf(k))

const stepped = (method: Method, trainable: Trainable, frozen: Frozen, start: Trainable) =>
  interpret(microStep(method, { trainable, frozen, gradientSum: start, images }, () => draws(method)))

/** The weighted sum of the inner losses, written down as the formula has it. */
const weightedLoss = (method: Method, frozen: Frozen) => (trainable: Trainable) => {
  const features = method.tokens.features(models.image, trainable.class_model.model, clipImage(method, images))
  const { textEmbedding, unet } = frozen
  const constants = { latent: latentOf(method, frozen.vae, images), textEmbedding, unet }
  const weights = innerWeights(method, 2)
  return draws(method)
    .map(
      (each) => innerPass(method, { features, projection: projectionOf(trainable, frozen) }, constants, [each]).losses,
    )
    .map((loss, k) => mul(reshape(loss, []), weights[k]!))
    .reduce((sum, loss) => add(sum, loss))
}

const trained: Trainable = { ...tower, visual_proj }

const expectSame = (got: unknown, want: unknown, bar = 1e-5) => {
  const [computed, expected] = [namedArrays(got), namedArrays(want)]
  assert.deepStrictEqual([...computed.keys()], [...expected.keys()])
  for (const [name, array] of expected) assert.isAtMost(relativeError(computed.get(name), array), bar, name)
}

const variations: Readonly<Record<string, Method>> = {
  "the reference's switches": methodWith({}),
  "uniform weights": methodWith({ innerWeighting: "uniform" }),
  "one inner draw": methodWith({ trainSteps: 1 }),
  "three inner draws of l1": methodWith({ trainSteps: 3, innerWeighting: "mean" }, { loss: l1 }),
  "the mean of the text": methodWith({}, { textCombination: textMean }),
  "no text and a corrected VAE": methodWith({ vaeInput: "correct" }, { textCombination: noText }),
  "the class token alone": methodWith({}, { condition: classOnly }),
  "a loss weighted by the signal-to-noise ratio": methodWith({}, { loss: minSnr(5, huber(0.5)) }),
  "a loss of one number a sample": methodWith(
    {},
    {
      loss: ({ predicted, noise }) => mean(square(sub(predicted, noise)), { axis: [1, 2, 3] }),
    },
  ),
  "another projection": methodWith({}, { projection: normalisedProjection }),
}

describe("a micro-step", () => {
  for (const [name, method] of Object.entries(variations))
    it(`gives the gradient of the weighted sum of its losses with ${name}`, () => {
      const { gradientSum, losses } = stepped(method, trained, frozenModels, zerosLike(trained))
      expectSame(gradientSum, interpret(grad(weightedLoss(method, frozenModels))(trained)))
      assert.deepStrictEqual(losses.shape, [method.switches.trainSteps])
    })

  it("gives the gradient of its penalties too, by the features and by the parameters, and tells them", () => {
    const method = methodWith({}, { regularisers: [featureDistance(0.3), parameterDistance(0.01)] })
    const initial = mapTree(tower.class_model.model, isTensor, (x) => mul(x, 0.9)) as Params
    const frozen = { ...frozenModels, initial }
    const total = (trainable: Trainable) => {
      const params = trainable.class_model.model
      const of = (at: Params) => models.image.features(at, clipImage(method, images))
      const inputs = { params, features: of(params), initial: { params: initial, features: of(initial) } }
      const share = 2 / method.imagesPerUpdate
      return method.regularisers
        .map(({ penalty }) => mul(penalty(inputs), share))
        .reduce((sum, more) => add(sum, more), weightedLoss(method, frozen)(trainable))
    }
    const { gradientSum, losses } = stepped(method, trained, frozen, zerosLike(trained))
    expectSame(gradientSum, interpret(grad(total)(trained)))
    assert.deepStrictEqual(losses.shape, [4])
    assert.isTrue(losses.data.slice(2).every((penalty) => penalty > 0))
  })

  it("reads the tokens of a layer inside the tower, through a projection of their width", () => {
    const method = methodWith({}, { tokens: layerTokens(1) })
    assert.strictEqual(method.tokens.width(models.image), 64)
    const wide: Trainable = { ...tower, visual_proj: { weight: waves([8, 64], 1), bias: waves([8], 2) } }
    const { gradientSum } = stepped(method, wide, frozenModels, zerosLike(wide))
    expectSame(gradientSum, interpret(grad(weightedLoss(method, frozenModels))(wide)))
    // What stands behind that layer gets no gradient.
    assert.isTrue(gradientSum.class_model.model["visual.proj"]!.data.every((x) => x === 0))
    assert.throws(() => layerTokens(2).width(models.image), /has 1 block, layer 2 was asked for/)
  })

  const whole: Execution = { images: 2, draws: 2, recompute: [] }
  const executions: Readonly<Record<string, Execution>> = {
    "one draw at a time": { ...whole, draws: 1 },
    "one image at a time": { ...whole, images: 1 },
    "one draw of one image at a time": { ...whole, images: 1, draws: 1 },
    "what reverse mode needs computed again": { ...whole, recompute: ["imageTower", "unet"] },
  }
  for (const [name, execution] of Object.entries(executions))
    it(`computes the same with ${name}`, () => {
      const method = methodWith({})
      const inputs = { trainable: trained, frozen: frozenModels, gradientSum: zerosLike(trained), images }
      const [all, parts] = [whole, execution].map((each) =>
        interpret(microStep(method, inputs, () => draws(method), each)),
      )
      expectSame(parts, all)
    })

  it("passes three draws of three images in unequal parts", () => {
    const method = methodWith({ trainSteps: 3 })
    const three = waves([3, 3, 16, 16], 0.5)
    const inputs = { trainable: trained, frozen: frozenModels, gradientSum: zerosLike(trained), images: three }
    const triple = (k: number): InnerDraws => ({
      timesteps: constant([100 + k, 500 - k, 900], [3], "i32"),
      noise: waves([3, 4, 8, 8], k),
      draw: givenIndices([
        constant(
          Int32Array.from({ length: 21 }, (_, i) => (i * (k + 3)) % 4),
          [3, 7],
          "i32",
        ),
      ]),
    })
    const [all, parts] = [
      { images: 3, draws: 3, recompute: [] },
      { images: 2, draws: 2, recompute: [] },
    ].map((each) => interpret(microStep(method, inputs, () => [0, 1, 2].map(triple), each)))
    expectSame(parts, all)
  })

  it("adds to the sum so far", () => {
    const method = methodWith({})
    const from = (start: Trainable) => stepped(method, trained, frozenModels, start).gradientSum
    const bias = (tree: ReturnType<typeof from>) => tree.visual_proj!["bias"]!.data
    const [fromZero, fromOne] = [bias(from(zerosLike(trained))), bias(from(onesLike(trained)))]
    fromZero.forEach((value, i) => assert.closeTo(fromOne[i]!, value + 1, 1e-6))
  })

  it("leaves a frozen projection out of the gradient and computes with it all the same", () => {
    const method = methodWith({ visualProjection: "frozen" })
    const frozen = { ...frozenModels, visual_proj }
    const got = stepped(method, tower, frozen, zerosLike(tower))
    const { gradientSum, losses } = stepped(methodWith({}), trained, frozenModels, zerosLike(trained))
    assert.isUndefined(got.gradientSum.visual_proj)
    assert.deepStrictEqual([...got.losses.data], [...losses.data])
    expectSame(got.gradientSum.class_model, gradientSum.class_model)
  })

  it("runs the image tower once, however many inner draws there are", () => {
    let runs = 0
    const features: typeof models.image.features = (...args) => {
      runs++
      return models.image.features(...args)
    }
    const method = methodWith({ trainSteps: 3 }, { models: { ...models, image: { ...models.image, features } } })
    const inputs = { trainable: trained, frozen: frozenModels, gradientSum: zerosLike(trained), images }
    microStep(method, inputs, () => draws(method))
    assert.strictEqual(runs, 1)
  })
})
