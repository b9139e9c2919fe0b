import { assert, describe, it } from "@effect/vitest"
import { planOf, type KernelFacts, type Spec, type Tensor } from "@diva/tensor"
import { Effect } from "effect"
import { Gpu } from "../../src/gpu/gpu.ts"
import type { SpecsOf } from "../../src/gpu/machineArray.ts"
import { adamwWith, sgdWith, update, type OptimizerChoice, type UpdateInputs } from "../../src/objective/update.ts"
import type { Trainable } from "../../src/objective/microStep.ts"
import { scalar } from "../../src/train/config/hostScalars.ts"
import { optimizerSpecs, updateProgram } from "../../src/train/plan/updateProgram.ts"
import { microStepSpecs, type PlannedConfig } from "../../src/train/plan/microProgram.ts"
import { tinyConfig } from "../train/tinyRun.ts"

const limits: KernelFacts = {
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65_535,
  subgroupSize: 0,
  textureExtent: 0,
}

const optimizers = { sgd: sgdWith(), adamw: adamwWith({ weightDecay: 0.1 }) }

const row = (...values: readonly number[]) => ({
  shape: [values.length],
  dtype: "f32" as const,
  data: Float32Array.from(values),
})

const specs = { shape: [3], dtype: "f32" } satisfies Spec

/** One parameter tensor, as trees of anything. */
const tree = <T>(leaf: T) => ({ class_model: { model: { a: leaf } } })

interface Given {
  readonly trainable: Trainable
  readonly firstGradient: Trainable
  readonly gradientSum: Trainable
  readonly learningRate: Tensor
}

/** Two updates from the optimizer's own first state: the second's state is one that is not zero. */
const twice =
  (optimizer: OptimizerChoice) =>
  ({ trainable, firstGradient, gradientSum, learningRate }: Given) => {
    const options = { clipNorm: null, optimizer }
    const { init, update: move } = optimizer(learningRate)
    const first = move(firstGradient, init(trainable) as never, trainable)
    const lossSum = gradientSum.class_model.model["a"]!
    const inputs: UpdateInputs = {
      trainable: first.params,
      optimizer: first.state as never,
      sums: [{ gradientSum, lossSum }],
      learningRate,
    }
    const plain = move(gradientSum, first.state as never, first.params)
    const guarded = update(inputs, options)
    return {
      before: { params: first.params, state: first.state },
      plain: { params: plain.params, state: plain.state },
      guarded: { params: guarded.trainable, state: guarded.optimizer },
    }
  }

const run = (optimizer: OptimizerChoice, gradient: readonly number[]) =>
  Effect.gen(function* () {
    const gpu = yield* Gpu
    const [trainable, firstGradient, gradientSum] = [tree(specs), tree(specs), tree(specs)]
    const wanted = { trainable, firstGradient, gradientSum, learningRate: { shape: [], dtype: "f32" } }
    const program = yield* gpu.compile(twice(optimizer), wanted as unknown as SpecsOf<Given>, { name: "twice" })
    const given = {
      trainable: tree(row(1, -2, 3)),
      firstGradient: tree(row(0.25, 0.5, -1)),
      gradientSum: tree(row(...gradient)),
      learningRate: scalar(0.1),
    }
    return yield* gpu.read(yield* program.run(given as never))
  }).pipe(Effect.scoped, Effect.provide(Gpu.layerInterpreter))

describe.each(Object.entries(optimizers))("an update by %s", (_name, optimizer) => {
  it.effect("moves as the optimizer does where losses and gradient are finite, bit for bit", () =>
    Effect.gen(function* () {
      const { before, plain, guarded } = yield* run(optimizer, [0.5, -0.25, 1])
      assert.deepStrictEqual(guarded, plain)
      assert.notDeepEqual(guarded, before)
    }),
  )

  it.effect.each([Number.NaN, Infinity])("moves neither parameters nor state where one is %s", (strange) =>
    Effect.gen(function* () {
      const { before, plain, guarded } = yield* run(optimizer, [0.5, strange, 1])
      assert.deepStrictEqual(guarded, before)
      assert.notDeepEqual(plain, before)
    }),
  )

  it("keeps no copy of parameters or state while it asks whether they are to move", () => {
    const config: PlannedConfig = { ...tinyConfig, optimisation: { ...tinyConfig.optimisation, optimizer } }
    const { trainable, gradientSum, lossSum } = microStepSpecs(config)
    const inputs = {
      trainable,
      optimizer: optimizerSpecs(config),
      sums: [{ gradientSum, lossSum }],
      learningRate: { shape: [], dtype: "f32" },
    }
    const donate = ["trainable", "optimizer", "sums"] as const
    const { steps, slotBytes } = planOf(updateProgram(config), inputs as never, limits, {
      name: "update",
      donate,
    } as never)
    const largest = Math.max(
      ...Object.values(trainable.class_model.model).map(({ shape }) => shape.reduce((a, b) => a * b, 4)),
    )
    assert.isBelow(
      slotBytes.reduce((sum, bytes) => sum + bytes, 0),
      largest,
    )
    assert.isEmpty(steps.filter(({ label }) => label === "select"))
  })
})
