import { Effect } from "effect"
import { add, div, mapTree, zeros, type HostArray, type Tensor, type TensorError } from "@diva/tensor"
import { keyedDraws, type DrawKey } from "../objective/keyedDraws.ts"
import { microStep, type Frozen, type Trainable } from "../objective/microStep.ts"
import { normalisePixels, packPixels } from "../objective/pixels.ts"
import { update } from "../objective/update.ts"
import { Gpu, type ArraysOf, type HostOf } from "../run/gpu.ts"
import { fromEither } from "../run/fromEither.ts"
import { isHostArray } from "../run/namedArrays.ts"
import { specTree } from "../run/specTree.ts"
import { embedText } from "./embedText.ts"
import { scalar, words, zerosLike } from "./hostScalars.ts"
import { flatten, frozenTree, unflatten } from "./parameterTrees.ts"
import type { RunState } from "./runState.ts"
import type { TrainConfig } from "./trainConfig.ts"

interface Optimised {
  readonly trainable: Trainable
  readonly momentum: Trainable
}

interface Sums {
  readonly gradientSum: Trainable
  /** Sum over micro-batches of the loss of each inner draw: [trainSteps]. */
  readonly lossSum: Tensor
}

interface MicroArguments extends Sums {
  readonly trainable: Trainable
  readonly frozen: Frozen
  /** Packed bytes, see `packPixels`. */
  readonly pixels: Tensor
  readonly drawKey: DrawKey
}

interface UpdateArguments extends Optimised, Sums {
  readonly learningRate: Tensor
}

interface UpdateResult extends Optimised, Sums {
  readonly losses: Tensor
  readonly gradientNorm: Tensor
}

const microProgram =
  ({ method, imageSize, batchSize }: TrainConfig) =>
  ({ lossSum, drawKey, pixels, ...inputs }: MicroArguments): Sums => {
    const images = normalisePixels(pixels, imageSize)
    const { gradientSum, losses } = microStep(method, { ...inputs, images }, keyedDraws(method, drawKey, batchSize))
    return { gradientSum, lossSum: add(lossSum, losses) }
  }

const updateProgram =
  ({ method: { switches, accumulation }, optimisation }: TrainConfig) =>
  ({ lossSum, ...inputs }: UpdateArguments): UpdateResult => ({
    ...update(inputs, { clipNorm: switches.clipNorm, momentum: optimisation.momentum }),
    lossSum: zeros(lossSum.shape),
    losses: div(lossSum, accumulation),
  })

const zerosOf = <T>(tree: T): T => mapTree(tree, isHostArray, zerosLike) as T

const blackPixels = ({ batchSize, imageSize }: TrainConfig): HostArray =>
  packPixels(new Uint8Array(batchSize * imageSize * imageSize * 3), batchSize, imageSize)

/** Host values of all that stays on the machine between steps. */
const residents = Effect.fnUntraced(function* (config: TrainConfig, state: RunState) {
  const trainable = yield* fromEither(unflatten(config, state.parameters))
  const momentum = yield* fromEither(unflatten(config, state.momentum))
  const textEmbedding = yield* embedText(config)
  return {
    optimised: { trainable, momentum },
    sums: { gradientSum: zerosOf(trainable), lossSum: zerosLike({ shape: [config.method.switches.trainSteps] }) },
    frozen: { ...frozenTree(config), textEmbedding },
  }
})

type Residents = Effect.Success<ReturnType<typeof residents>>

const compilePrograms = Effect.fnUntraced(function* (config: TrainConfig, { optimised, sums, frozen }: Residents) {
  const gpu = yield* Gpu
  const microArguments: HostOf<MicroArguments> = {
    trainable: optimised.trainable,
    frozen,
    ...sums,
    pixels: blackPixels(config),
    drawKey: { root: words(0, 0), update: words(0), first: words(0) },
  }
  const updateArguments: HostOf<UpdateArguments> = { ...optimised, ...sums, learningRate: scalar(0) }
  return {
    micro: yield* gpu.compile(microProgram(config), specTree<MicroArguments>(microArguments), {
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

/** The numbers of a run as they live on the machine, and the two programs that change them. */
export interface TrainingMachine {
  /** Adds one micro-batch's gradient. `first` is the place in the update of its first sample. */
  readonly microStep: (pixels: HostArray, update: number, first: number) => Effect.Effect<void, TensorError>
  /** Moves the parameters by the summed gradient, and starts a new sum. */
  readonly update: (learningRate: number) => Effect.Effect<UpdateReport, TensorError>
  /** Trained tensors and their momentum under checkpoint names. */
  readonly read: Effect.Effect<Pick<RunState, "parameters" | "momentum">, TensorError>
  /** Predicted largest memory of a micro-step in bytes, where predicted. */
  readonly peakBytes: number | undefined
}

/**
 * Puts a run's state on the machine and compiles its programs; all is released with the scope.
 * Errors: `NamesMismatch` (state of another model), any `TensorError`.
 */
export const openMachine = Effect.fn("openMachine")(function* (config: TrainConfig, state: RunState) {
  const gpu = yield* Gpu
  const host = yield* residents(config, state)
  const programs = yield* compilePrograms(config, host)
  const frozen: ArraysOf<Frozen> = yield* gpu.put(host.frozen)
  let held: ArraysOf<Optimised & Sums> = yield* gpu.put({ ...host.optimised, ...host.sums })
  const machine: TrainingMachine = {
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
    read: Effect.suspend(() => gpu.read({ trainable: held.trainable, momentum: held.momentum })).pipe(
      Effect.map(({ trainable, momentum }) => ({ parameters: flatten(trainable), momentum: flatten(momentum) })),
    ),
    peakBytes: programs.micro.peakBytes,
  }
  return machine
})
