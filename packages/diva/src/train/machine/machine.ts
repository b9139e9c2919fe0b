import { Effect, Scope } from "effect"
import { type HostArray, type Spec, type TensorError, isSpec, leavesOf, mapTree } from "@diva/tensor"
import type { RunState } from "../../checkpoint/runState.ts"
import { fromEither } from "../../fromEither.ts"
import { Gpu } from "../../gpu/gpu.ts"
import type { ArraysOf, MachineArray, HostOf, SpecsOf } from "../../gpu/machineArray.ts"
import type { Frozen, Trainable } from "../../objective/microStep.ts"
import { squaresOf, type OptimizerState, type Sums, type UpdateInputs } from "../../objective/update.ts"
import { putWeights } from "../../weights/putWeights.ts"
import { readNamed } from "../../weights/readNamed.ts"
import { specTree } from "../../weights/specTree.ts"
import type { WeightsOf } from "../../weights/weightArray.ts"
import { embedText } from "./embedText.ts"
import { keyedSource } from "../config/drawSource.ts"
import { scalar } from "../config/hostScalars.ts"
import { machineRunner, type MachineRun } from "./machineRun.ts"
import { microStepOptions, microStepProgram, microStepSpecs, type MicroArguments } from "../plan/microProgram.ts"
import { flatten, frozenTree, optimizerTree, unflatten } from "./parameterTrees.ts"
import type { StartState } from "../startState.ts"
import type { TrainConfig } from "../config/trainConfig.ts"
import {
  optimizerSpecs,
  partialsOf,
  startProgram,
  sumsProgram,
  updateProgram,
  waitingBytes,
} from "../plan/updateProgram.ts"

const hasProjectionWarmup = ({ method: { switches } }: TrainConfig): boolean => switches.projectionWarmup > 0

/** 0 while the projection learns alone. */
const towerShare = ({ method: { switches } }: TrainConfig, update: number): number =>
  update < switches.projectionWarmup ? 0 : 1

interface Optimised {
  readonly trainable: Trainable
  readonly optimizer: OptimizerState
}

/** What a run's state leaves to be made: nothing, or the optimizer's first state. */
type Begun = WeightsOf<Pick<Optimised, "trainable">> & Partial<WeightsOf<Pick<Optimised, "optimizer">>>

/** What a run reads and never changes, with the embedding of its prompt. Errors: those of reading weights, any `TensorError`. */
export const frozenWeights = Effect.fnUntraced(function* (config: TrainConfig) {
  const frozen: WeightsOf<Frozen> = { ...frozenTree(config), textEmbedding: yield* embedText(config) }
  return frozen
})

/** All that stays on the machine between steps; large numbers need not be in memory yet. */
const residents = Effect.fnUntraced(function* (config: TrainConfig, state: StartState) {
  const trainable = yield* fromEither(unflatten(config, state.parameters))
  const optimizer = state.optimizer === undefined ? undefined : yield* optimizerTree(config, state.optimizer)
  const frozen = yield* frozenWeights(config)
  const begun: Begun = { trainable, ...(optimizer === undefined ? {} : { optimizer }) }
  return { begun, frozen }
})

type Residents = Effect.Success<ReturnType<typeof residents>>

/** Weights may be given in another element type than they are planned in. */
const compilePrograms = Effect.fnUntraced(function* (config: TrainConfig, host: Residents) {
  const gpu = yield* Gpu
  const { gradientSum, lossSum, pixels, draws } = microStepSpecs(config)
  const trainable = specTree<Trainable>(host.begun.trainable)
  const frozen = specTree<Frozen>(host.frozen)
  const sums = Array.from({ length: partialsOf(config) }, () => ({ gradientSum, lossSum }))
  const rate: Spec = { shape: [], dtype: "f32" }
  const rates = { learningRate: rate, ...(hasProjectionWarmup(config) ? { towerShare: rate } : {}) }
  const updateSpecs = { trainable, optimizer: optimizerSpecs(config), sums, ...rates }
  return {
    micro: yield* gpu.compile(
      microStepProgram(config),
      { trainable, frozen, gradientSum, lossSum, pixels, draws } as SpecsOf<MicroArguments>,
      microStepOptions(config, waitingBytes(config)),
    ),
    update: yield* gpu.compile(updateProgram(config), updateSpecs as SpecsOf<UpdateInputs>, {
      name: "update",
      donate: ["trainable", "optimizer", "sums"],
    }),
  }
})

/** The optimizer's first state where the run has none, and sums of nothing. */
const beginning = Effect.fnUntraced(function* (config: TrainConfig, begun: ArraysOf<Begun>) {
  const gpu = yield* Gpu
  const { trainable } = begun
  const specs = {
    trainable: mapTree(trainable, isSpec, ({ shape, dtype }): Spec => ({ shape, dtype })) as SpecsOf<Trainable>,
  }
  if (begun.optimizer === undefined) {
    const program = yield* gpu.compile(startProgram(config), specs, { name: "start" })
    return { trainable, ...(yield* program.run({ trainable })) } as ArraysOf<Optimised & HeldSums>
  }
  const program = yield* gpu.compile(sumsProgram(config), specs, { name: "start" })
  return { ...begun, ...(yield* program.run({ trainable })) } as ArraysOf<Optimised & HeldSums>
})

interface HeldSums {
  readonly sums: readonly Sums[]
}

export interface UpdateReport {
  /** Mean over micro-batches of the loss of each inner draw. */
  readonly losses: readonly number[]
  /** Mean over micro-batches of each regulariser's penalty. */
  readonly penalties: readonly number[]
  /** Global L2 norm before clipping. */
  readonly gradientNorm: number
  /** Where the norm is not finite: the first tensor whose gradient is not. */
  readonly strange?: string | undefined
}

/** The first named number that is not finite. */
const firstStrange = Effect.fnUntraced(function* (gpu: Gpu["Service"], squares: ReadonlyMap<string, MachineArray>) {
  const numbers = yield* readNamed(gpu, squares)
  return [...numbers].find(([, { data }]) => !Number.isFinite(data[0]))?.[0]
})

/** What was found in a sum of losses and gradients. */
export interface Examined {
  readonly isFinite: boolean
  readonly tensor?: string
}

/** Looks at a sum; compiled when it is first asked for. */
const examiner = Effect.fnUntraced(function* (sums: () => ArraysOf<Sums>) {
  const [gpu, scope] = [yield* Gpu, yield* Effect.scope]
  const specs = mapTree(sums(), isSpec, ({ shape, dtype }): Spec => ({ shape, dtype })) as SpecsOf<Sums>
  const describe = ({ gradientSum, lossSum }: Sums) => ({ squares: squaresOf(gradientSum), lossSum })
  return yield* Effect.cached(Scope.provide(gpu.compile(describe, specs, { name: "examine" }), scope))
})

/** The numbers of a run as they live on the machine, and the programs that work on them. */
export interface Machine {
  /** Adds one micro-batch's gradient to a partial sum. `first` is the place in the update of its first sample. */
  readonly microStep: (
    pixels: HostArray,
    update: number,
    first: number,
    partial?: number,
  ) => Effect.Effect<void, TensorError>
  /** Moves the parameters by the summed gradient, as update number `update`, and starts new sums. */
  readonly update: (learningRate: number, update: number) => Effect.Effect<UpdateReport, TensorError>
  readonly run: MachineRun
  /** Whether a partial sum is finite so far, and the first tensor of it that is not. */
  readonly examine: (partial: number) => Effect.Effect<Examined, TensorError>
  /** The partial sums of the update under way. */
  readonly sums: Effect.Effect<readonly HostOf<Sums>[], TensorError>
  /** Trained tensors under checkpoint names, and the optimizer's state by its own paths. */
  readonly read: Effect.Effect<Pick<RunState, "parameters" | "optimizer">, TensorError>
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
  const source = config.draws ?? keyedSource
  let held = yield* beginning(config, (yield* putWeights<Begun>(host.begun as never)) as ArraysOf<Begun>)
  const run = yield* machineRunner(() => ({ trainable: held.trainable, frozen }))
  const examining = yield* examiner(() => held.sums[0]!)
  const machine: Machine = {
    run,
    examine: Effect.fnUntraced(function* (partial) {
      const { squares, lossSum } = yield* (yield* examining).run(held.sums[partial]!)
      const losses = (yield* gpu.read({ lossSum })).lossSum
      const tensor = yield* firstStrange(gpu, flatten(squares))
      const isFinite = tensor === undefined && [...losses.data].every(Number.isFinite)
      return { isFinite, ...(tensor === undefined ? {} : { tensor }) }
    }),
    microStep: Effect.fnUntraced(function* (pixels, update, first, partial = 0) {
      const draws = source.at({ rootKey: state.rootKey, update, first })
      const { trainable, sums } = held
      const next = yield* programs.micro.run({ trainable, frozen, ...sums[partial]!, pixels, draws })
      held = { ...held, sums: sums.map((each, i) => (i === partial ? next : each)) }
    }),
    update: Effect.fnUntraced(function* (learningRate, number) {
      const {
        losses,
        gradientNorm: norm,
        gradientSquares,
        ...next
      } = yield* programs.update.run({
        ...held,
        learningRate: scalar(learningRate),
        ...(hasProjectionWarmup(config) ? { towerShare: scalar(towerShare(config, number)) } : {}),
      })
      held = next
      const report = yield* gpu.read({ losses, norm })
      const all = [...report.losses.data]
      const draws = config.method.switches.trainSteps
      const gradientNorm = report.norm.data[0]!
      const found = { losses: all.slice(0, draws), penalties: all.slice(draws), gradientNorm }
      if (Number.isFinite(gradientNorm)) return found
      return { ...found, strange: yield* firstStrange(gpu, flatten(gradientSquares)) }
    }),
    sums: Effect.suspend(() => gpu.read(held.sums) as Effect.Effect<readonly HostOf<Sums>[], TensorError>),
    read: Effect.suspend(() =>
      Effect.all({
        parameters: readNamed(gpu, flatten(held.trainable)),
        optimizer: readNamed(gpu, new Map(leavesOf(held.optimizer, isSpec).map(({ path, leaf }) => [path, leaf]))),
      }),
    ),
    peakBytes: programs.micro.peakBytes === undefined ? undefined : programs.micro.peakBytes + waitingBytes(config),
  }
  return machine
})
