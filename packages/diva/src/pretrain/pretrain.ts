import { Clock, Effect, Option, type Scope } from "effect"
import { hostFoldIn, hostUniform, sizeOf, type HostArray, type TensorError } from "@diva/tensor"
import { warmupCosine, warmupSteps } from "@diva/autograd"
import { Checkpoints } from "../checkpoint/checkpoints.ts"
import type { RunState } from "../checkpoint/runState.ts"
import type { Batch, Shards } from "../data/index.ts"
import { Gpu } from "../gpu/gpu.ts"
import type { ArraysOf } from "../gpu/machineArray.ts"
import { packPixels } from "../objective/pixels.ts"
import { openBatches } from "../train/batches.ts"
import { Events } from "../train/observe/events.ts"
import { scalar, words } from "../train/config/hostScalars.ts"
import type { MemoryBudgetTooSmall } from "../train/plan/memoryBudget.ts"
import { settingsDiffer } from "../train/config/settings.ts"
import type { TrainError } from "../train/trainError.ts"
import { putWeights } from "../weights/putWeights.ts"
import { readNamed } from "../weights/readNamed.ts"
import { specTree } from "../weights/specTree.ts"
import type { WeightsOf } from "../weights/weightArray.ts"
import type { CaptionedBatch, Pretraining, PretrainSettings } from "./pretraining.ts"
import { firstState, savedNames, settingsRecord, stateTree } from "./pretrainState.ts"
import { pretrainStep, type PretrainState, type StepArguments } from "./pretrainStep.ts"
import { doing } from "../doing.ts"

/** Everything a pre-training can fail by. */
export type PretrainError = Exclude<TrainError, MemoryBudgetTooSmall>

/** What one update gave. */
interface StepReport {
  readonly loss: number
  readonly gradientNorm: number
}

interface Machine {
  readonly peakBytes: number | undefined
  /** Runs an update; its numbers wait on the machine until they are asked for. */
  readonly step: (
    batch: WeightsOf<CaptionedBatch>,
    update: number,
  ) => Effect.Effect<Effect.Effect<StepReport, TensorError>, TensorError>
  readonly read: Effect.Effect<Pick<RunState, "parameters" | "optimizer">, TensorError>
}

/** Rises with the updates: the first parameters are forgotten soon. */
const averageDecayAt = (decay: number, update: number): number => Math.min(decay, (1 + update) / (10 + update))

const emptyBatch = <Frozen>(
  { imageSize, context }: Pretraining<Frozen>,
  batchSize: number,
): WeightsOf<CaptionedBatch> => ({
  pixels: packPixels(new Uint8Array(batchSize * imageSize * imageSize * 3), batchSize, imageSize),
  ids: { shape: [batchSize, context], dtype: "i32", data: new Int32Array(batchSize * context) },
})

const openMachine = Effect.fnUntraced(function* <Frozen>(
  pretraining: Pretraining<Frozen>,
  settings: PretrainSettings,
  state: RunState,
) {
  const gpu = yield* Gpu
  const { updates, peakLearningRate, warmupRatio, averageDecay } = settings
  const rate = warmupCosine({ peak: peakLearningRate, warmup: warmupSteps(updates, warmupRatio), steps: updates })
  const scalars = (update: number) => ({
    learningRate: scalar(rate(update)),
    averageDecay: scalar(averageDecayAt(averageDecay, update)),
    key: words(...hostFoldIn(state.rootKey, update)),
  })
  const host = { state: stateTree(state), frozen: pretraining.frozen }
  const args = { ...host, batch: emptyBatch(pretraining, settings.batchSize), ...scalars(0) }
  const program = yield* gpu.compile(
    pretrainStep(pretraining, settings),
    specTree<StepArguments<Frozen>>(args as WeightsOf<StepArguments<Frozen>>),
    { name: pretraining.name, donate: ["state"] },
  )
  const frozen = yield* putWeights<Frozen>(host.frozen)
  let held: ArraysOf<PretrainState> = yield* putWeights<PretrainState>(host.state)
  const machine: Machine = {
    peakBytes: program.peakBytes,
    step: Effect.fnUntraced(function* (batch, update) {
      const run = { state: held, frozen, batch, ...scalars(update) } as unknown as ArraysOf<StepArguments<Frozen>>
      const { state: next, loss, gradientNorm } = yield* program.run(run)
      held = next
      return Effect.map(gpu.read({ loss, gradientNorm }), (read) => ({
        loss: read.loss.data[0]!,
        gradientNorm: read.gradientNorm.data[0]!,
      }))
    }),
    read: Effect.suspend(() => {
      const { parameters, optimizer } = savedNames(held)
      return Effect.all({ parameters: readNamed(gpu, parameters), optimizer: readNamed(gpu, optimizer) })
    }),
  }
  return machine
})

const captionedBatch = <Frozen>(
  { imageSize, context, idsOf }: Pretraining<Frozen>,
  { images, captions }: Batch,
  key: RunState["rootKey"],
): WeightsOf<CaptionedBatch> => {
  const ids = new Int32Array(captions.length * context)
  captions.forEach((caption, i) => ids.set(idsOf(caption, hostUniform(key, i)), i * context))
  const rows: HostArray = { shape: [captions.length, context], dtype: "i32", data: ids }
  return { pixels: packPixels(images, captions.length, imageSize), ids: rows }
}

const beginning = Effect.fnUntraced(function* <Frozen>(pretraining: Pretraining<Frozen>, settings: PretrainSettings) {
  const latest = yield* (yield* Checkpoints).latest
  if (Option.isNone(latest)) return firstState(pretraining, settings)
  const { state } = latest.value
  const differ = settingsDiffer(state.settings, settingsRecord(pretraining.name, settings))
  return differ === undefined ? state : yield* differ
})

const seconds = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e9)

/** Draws of captions come from keys of their own, apart from the draws of the loss. */
const captionStream = 0x7ca97

/**
 * Learns a model from captioned pictures: AdamW with clipped gradients, warm-up and cosine, a moving average of the
 * parameters, checkpoints and exact resuming as `trainDiva` has them. Gives the last state; `learnt` takes the model from it.
 *
 * Errors: `SettingsDiffer` and `CheckpointCorrupt` (resuming), those of `Shards`, file errors, any `TensorError`.
 */
export const pretrain: <Frozen>(
  pretraining: Pretraining<Frozen>,
  settings: PretrainSettings,
) => Effect.Effect<RunState, PretrainError, Gpu | Shards | Checkpoints | Events> = Effect.fn("pretrain")(function* <
  Frozen,
>(
  pretraining: Pretraining<Frozen>,
  settings: PretrainSettings,
): Effect.fn.Return<RunState, PretrainError, Gpu | Shards | Checkpoints | Events | Scope.Scope> {
  const { updates, batchSize, checkpointEvery, logEvery, stopAfter = updates } = settings
  const checkpoints = yield* Checkpoints
  const events = yield* Events
  const start = yield* beginning(pretraining, settings)
  const last = Math.min(updates, stopAfter)
  if (start.update >= last) return start
  const { begun } = pretraining
  if (begun !== undefined && start.update === 0) yield* events.publish({ _tag: "begun", ...begun })
  const machine = yield* openMachine(pretraining, settings, start)
  yield* events.publish({
    _tag: "started",
    updates,
    from: start.update,
    imagesPerUpdate: batchSize,
    trainedParameters: [...pretraining.parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    observers: [],
    ...(machine.peakBytes === undefined ? {} : { peakBytes: machine.peakBytes }),
  })
  const nextBatch = yield* openBatches(start.position, batchSize)
  const captionKey = hostFoldIn(start.rootKey, captionStream)
  const rate = warmupCosine({
    peak: settings.peakLearningRate,
    warmup: warmupSteps(updates, settings.warmupRatio),
    steps: updates,
  })
  let { update, position } = start
  const began = yield* seconds
  let warm: { readonly at: number; readonly update: number } | undefined
  const stateNow = Effect.suspend(() =>
    Effect.map(machine.read, (arrays): RunState => ({ ...start, update, position, ...arrays })),
  )
  const save = Effect.gen(function* () {
    yield* doing(`saving update ${update}`)
    const id = yield* checkpoints.save(yield* stateNow)
    yield* events.publish({ _tag: "checkpointed", update, id })
  })
  const tell = Effect.fnUntraced(function* ({ loss, gradientNorm }: StepReport, stepBegan: number) {
    const now = yield* seconds
    const each = warm === undefined ? undefined : (now - warm.at) / (update - warm.update)
    warm ??= { at: now, update }
    yield* events.publish({
      _tag: "step",
      update,
      updates,
      losses: [loss],
      loss,
      learningRate: rate(update - 1),
      gradientNorm,
      seconds: now - stepBegan,
      ...(update === last || each !== undefined ? { eta: (each ?? 0) * (last - update) } : {}),
    })
  })
  const oneUpdate = Effect.gen(function* () {
    const stepBegan = yield* seconds
    const batch = yield* nextBatch
    const report = yield* machine.step(captionedBatch(pretraining, batch, hostFoldIn(captionKey, update)), update)
    update++
    position = batch.next
    if (update % logEvery === 0 || update === last || update === start.update + 1) yield* tell(yield* report, stepBegan)
    if (update % checkpointEvery === 0 && update < last) yield* save
  })
  yield* Effect.whileLoop({
    while: () => update < last,
    body: () => Effect.uninterruptible(oneUpdate),
    step: () => {},
  }).pipe(Effect.onInterrupt(() => Effect.ignore(save)))
  yield* save
  yield* events.publish({ _tag: "finished", update, seconds: (yield* seconds) - began })
  return yield* stateNow
}, Effect.scoped)
