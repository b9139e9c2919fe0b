import { Effect } from "effect"
import { div, mapTree, zeros, type HostArray, type Tensor, type TensorError } from "@diva/tensor"
import type { Frozen, Trainable } from "../objective/microStep.ts"
import { packPixels } from "../objective/pixels.ts"
import { update } from "../objective/update.ts"
import { Gpu, type ArraysOf } from "../gpu/gpu.ts"
import { fromEither } from "../fromEither.ts"
import { putWeights } from "../weights/putWeights.ts"
import { readNamed } from "../weights/readNamed.ts"
import { specTree } from "../weights/specTree.ts"
import { isWeightArray, type WeightsOf } from "../weights/weightArray.ts"
import { embedText } from "./embedText.ts"
import { machineRunner, type MachineRun } from "./machineRun.ts"
import { lazyZerosLike, scalar, words, zerosLike } from "./hostScalars.ts"
import { microStepProgram, type MicroArguments, type MicroSums } from "./microProgram.ts"
import { trainedCount } from "./planTraining.ts"
import { flatten, frozenTree, unflatten, type TrainableWeights } from "./parameterTrees.ts"
import type { RunState } from "../checkpoint/runState.ts"
import type { StartState } from "./startState.ts"
import type { TrainConfig } from "./trainConfig.ts"

interface Optimised {
  readonly trainable: Trainable
  readonly momentum: Trainable
}

type Sums = MicroSums

interface UpdateArguments extends Optimised, Sums {
  readonly learningRate: Tensor
}

interface UpdateResult extends Optimised, Sums {
  readonly losses: Tensor
  readonly gradientNorm: Tensor
}

const updateProgram =
  ({ method: { switches, accumulation }, optimisation }: TrainConfig) =>
  ({ lossSum, ...inputs }: UpdateArguments): UpdateResult => ({
    ...update(inputs, { clipNorm: switches.clipNorm, momentum: optimisation.momentum }),
    lossSum: zeros(lossSum.shape),
    losses: div(lossSum, accumulation),
  })

const zerosOf = (tree: TrainableWeights): TrainableWeights =>
  mapTree(tree, isWeightArray, lazyZerosLike) as TrainableWeights

const blackPixels = ({ batchSize, imageSize }: TrainConfig): HostArray =>
  packPixels(new Uint8Array(batchSize * imageSize * imageSize * 3), batchSize, imageSize)

/** All that stays on the machine between steps; large numbers need not be in memory yet. */
const residents = Effect.fnUntraced(function* (config: TrainConfig, state: StartState) {
  const trainable = yield* fromEither(unflatten(config, state.parameters))
  const momentum = yield* fromEither(unflatten(config, state.momentum))
  const textEmbedding = yield* embedText(config)
  const optimised: WeightsOf<Optimised> = { trainable, momentum }
  const sums: WeightsOf<Sums> = {
    gradientSum: zerosOf(trainable),
    lossSum: zerosLike({ shape: [config.method.switches.trainSteps] }),
  }
  const frozen: WeightsOf<Frozen> = { ...frozenTree(config), textEmbedding }
  return { optimised, sums, frozen }
})

type Residents = Effect.Success<ReturnType<typeof residents>>

const compilePrograms = Effect.fnUntraced(function* (config: TrainConfig, { optimised, sums, frozen }: Residents) {
  const gpu = yield* Gpu
  const microArguments: WeightsOf<MicroArguments> = {
    trainable: optimised.trainable,
    frozen,
    ...sums,
    pixels: blackPixels(config),
    drawKey: { root: words(0, 0), update: words(0), first: words(0) },
  }
  const updateArguments: WeightsOf<UpdateArguments> = { ...optimised, ...sums, learningRate: scalar(0) }
  return {
    micro: yield* gpu.compile(microStepProgram(config), specTree<MicroArguments>(microArguments), {
      name: "microStep",
      donate: ["gradientSum", "lossSum"],
    }),
    update: yield* gpu.compile(updateProgram(config), specTree<UpdateArguments>(updateArguments), {
      name: "update",
      donate: ["trainable", "momentum", "gradientSum", "lossSum"],
    }),
  }
})

export interface UpdateReport {
  /** Mean over micro-batches of the loss of each inner draw. */
  readonly losses: readonly number[]
  /** Global L2 norm before clipping. */
  readonly gradientNorm: number
}

// Momentum waits on the machine while a micro-step runs.
const runPeakBytes = (config: TrainConfig, peakBytes: number | undefined): number | undefined =>
  peakBytes === undefined ? undefined : peakBytes + 4 * trainedCount(config)

/** The numbers of a run as they live on the machine, and the programs that work on them. */
export interface Machine {
  /** Adds one micro-batch's gradient. `first` is the place in the update of its first sample. */
  readonly microStep: (pixels: HostArray, update: number, first: number) => Effect.Effect<void, TensorError>
  /** Moves the parameters by the summed gradient, and starts a new sum. */
  readonly update: (learningRate: number) => Effect.Effect<UpdateReport, TensorError>
  readonly run: MachineRun
  /** Trained tensors and their momentum under checkpoint names. */
  readonly read: Effect.Effect<Pick<RunState, "parameters" | "momentum">, TensorError>
  /** Predicted largest memory of the run in bytes, where predicted. */
  readonly peakBytes: number | undefined
}

/**
 * Puts a run's state on the machine and compiles its programs; all is released with the scope.
 * Errors: `NamesMismatch` (state of another model), those of reading weights, any
 * `TensorError`.
 */
export const openMachine = Effect.fn("openMachine")(function* (config: TrainConfig, state: StartState) {
  const gpu = yield* Gpu
  const host = yield* residents(config, state)
  const programs = yield* compilePrograms(config, host)
  const frozen = yield* putWeights<Frozen>(host.frozen)
  let held: ArraysOf<Optimised & Sums> = yield* putWeights<Optimised & Sums>({ ...host.optimised, ...host.sums })
  const run = yield* machineRunner(() => ({ trainable: held.trainable, frozen }))
  const machine: Machine = {
    run,
    microStep: Effect.fnUntraced(function* (pixels, update, first) {
      const drawKey = { root: words(...state.rootKey), update: words(update), first: words(first) }
      const { trainable, momentum, ...sums } = held
      held = { trainable, momentum, ...(yield* programs.micro.run({ trainable, frozen, ...sums, pixels, drawKey })) }
    }),
    update: Effect.fnUntraced(function* (learningRate) {
      const { losses, gradientNorm, ...next } = yield* programs.update.run({
        ...held,
        learningRate: scalar(learningRate),
      })
      held = next
      const report = yield* gpu.read({ losses, gradientNorm })
      return { losses: [...report.losses.data], gradientNorm: report.gradientNorm.data[0]! }
    }),
    read: Effect.suspend(() =>
      Effect.all({
        parameters: readNamed(gpu, flatten(held.trainable)),
        momentum: readNamed(gpu, flatten(held.momentum)),
      }),
    ),
    peakBytes: runPeakBytes(config, programs.micro.peakBytes),
  }
  return machine
})
