import { Effect, Layer } from "effect"
import { warmupCosine } from "@diva/autograd"
import { clipParameters } from "@diva/models"
import { type HostArray, isHostArray, leavesOf } from "@diva/tensor"
import { Checkpoints } from "../checkpoint/checkpoints.ts"
import { Gpu } from "../gpu/gpu.ts"
import { packPixels } from "../objective/pixels.ts"
import { sgdWith } from "../objective/update.ts"
import { titled } from "../titled.ts"
import { Events } from "../train/observe/events.ts"
import type { View } from "../train/observe/observer.ts"
import type { TrainConfig } from "../train/config/trainConfig.ts"
import { trainDiva } from "../train/trainDiva.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import { Shards } from "../data/index.ts"
import { arrayNamed, prefixed, under, type CaseData } from "./caseArrays.ts"
import { caseDraws } from "./caseDraws.ts"
import { CaseUnusable, parseCaseManifest, type CaseManifest } from "./caseFields.ts"
import { caseMethod, type CaseMethod } from "./caseModels.ts"
import { caseShards, imageEdge } from "./caseShards.ts"
import type { DivaCaseResult } from "./divaCaseResult.ts"
import { firstForward } from "./firstForward.ts"

/** The classifier weight's name in checkpoints: not trained, overwritten at every forward pass. */
const classWeightName = "class_model.final_fc.weight"

/** A case as the run that it is. */
const configOf = ({ method, configs }: CaseMethod, manifest: CaseManifest, data: CaseData): TrainConfig => {
  const { max_steps: updates, learning_rate: peak, warmup_steps: warmup, batch_size } = manifest.trainer
  const { prior } = method.models
  const ids = manifest.sd_text_ids
  return {
    method,
    weights: {
      clip: under(data.weights, "class_model.model.", clipParameters(configs.clip)),
      visualProjection: under(data.weights, "visual_proj."),
      unet: under(data.prior, "unet.", prior.unet.parameters),
      vae: under(data.prior, "vae.", prior.vae.parameters),
      text: under(data.prior, "text_encoder.", prior.text.parameters),
    },
    promptIds: { template: ids, empty: ids },
    batchSize: batch_size,
    imageSize: imageEdge(data.images),
    optimisation: {
      updates,
      optimizer: sgdWith({ momentum: 0.9 }),
      schedule: titled("the case's own", (steps: number) => warmupCosine({ peak, warmup, steps })),
    },
    draws: caseDraws(manifest, data.draws),
    seed: 0,
    checkpointEvery: updates,
  }
}

/** What a case's run leaves behind. */
interface Recorded {
  firstForward: NamedArrays
  classWeight: HostArray
  readonly gradients: Map<string, HostArray>
  readonly parameters: Map<string, HostArray>
  readonly losses: number[][][]
  readonly gradientNorms: number[]
  readonly learningRates: number[]
}

const noteInto = (target: Map<string, HostArray>, prefix: string, arrays: NamedArrays, weight: HostArray): void => {
  for (const [name, array] of prefixed(new Map([...arrays, [classWeightName, weight]]), prefix)) target.set(name, array)
}

/** Computes the first forward pass on the run's own parameters, before its first update. */
const noteFirstForward = Effect.fnUntraced(function* (
  found: CaseMethod,
  manifest: CaseManifest,
  data: CaseData,
  record: Recorded,
  { run }: View,
) {
  const { batch_size: batch } = manifest.trainer
  const edge = imageEdge(data.images)
  const shards = yield* Shards
  const examples = yield* Effect.forEach(
    Array.from({ length: batch }, (_, position) => position),
    (position) => shards.example({ epoch: 0, position }),
  )
  const bytes = new Uint8Array(examples.flatMap(({ image }) => [...image]))
  const args = {
    pixels: packPixels(bytes, batch, edge),
    draws: caseDraws(manifest, data.draws).at({ rootKey: [0, 0], update: 0, first: 0 }),
    clip: Object.fromEntries(
      clipParameters(found.configs.clip).map(({ name }) => [
        name,
        arrayNamed(data.weights, `class_model.model.${name}`),
      ]),
    ),
  }
  const { classWeight, ...outputs } = yield* Effect.flatMap(
    run(firstForward(found, manifest, edge), args as never),
    (yield* Gpu).read,
  )
  record.firstForward = new Map(Object.entries(outputs as Readonly<Record<string, HostArray>>))
  record.classWeight = classWeight as HostArray
})

const sameShapeZeros = ({ shape, dtype, data }: HostArray): HostArray => ({
  shape,
  dtype,
  data: new Float32Array(data.length),
})

/** Losses of a micro-step are what the sum has grown by; gradients of the first step are noted after its first and last. */
const noteMicroStep = Effect.fnUntraced(function* (
  { update, microStep = 0, sums }: View,
  accumulation: number,
  record: Recorded,
) {
  const [sum] = yield* sums
  const before = (record.losses[update] ??= [])
  const earlier = before.reduce<readonly number[]>((total, each) => each.map((x, k) => x + (total[k] ?? 0)), [])
  before.push([...sum!.lossSum.data].map((total, k) => total - (earlier[k] ?? 0)))
  if (update > 0) return
  const gradients = new Map(leavesOf(sum!.gradientSum, isHostArray).map(({ path, leaf }) => [path, leaf]))
  const nothing = sameShapeZeros(record.classWeight)
  if (microStep === 0) noteInto(record.gradients, "micro0.", gradients, nothing)
  if (microStep === accumulation - 1) noteInto(record.gradients, "step0_preclip.", gradients, nothing)
})

const noteUpdate = Effect.fnUntraced(function* (
  { update, updates, step, state }: View,
  snapshots: readonly number[],
  record: Recorded,
) {
  record.gradientNorms.push(step!.gradientNorm)
  record.learningRates.push(step!.learningRate)
  const names = [...(snapshots.includes(update) ? [`after${update}.`] : []), ...(update === updates ? ["final."] : [])]
  for (const name of names) noteInto(record.parameters, name, (yield* state).parameters, record.classWeight)
})

const difference = (a: HostArray, b: HostArray): HostArray => ({
  ...a,
  data: Float32Array.from(a.data, (x, i) => x - b.data[i]!),
})

const updatesOf = ({ weights }: CaseData, parameters: NamedArrays): NamedArrays =>
  new Map(
    [...parameters].map(([name, array]) => [
      name,
      difference(array, arrayNamed(weights, name.slice(name.indexOf(".") + 1))),
    ]),
  )

/** Runs `read`, whose `CaseUnusable` becomes a typed failure. */
const orUnusable = <A>(read: () => A): Effect.Effect<A, CaseUnusable> =>
  Effect.try({ try: read, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (cause instanceof CaseUnusable ? Effect.fail(cause) : Effect.die(cause))),
  )

/** Fails for draws that the case's files lack, before anything is computed. */
const requireDraws = (manifest: CaseManifest, data: CaseData) =>
  orUnusable(() => {
    const { max_steps: steps, gradient_accumulation_steps: accumulation, batch_size: batch } = manifest.trainer
    const source = caseDraws(manifest, data.draws)
    for (let update = 0; update < steps; update++)
      for (let micro = 0; micro < accumulation; micro++) source.at({ rootKey: [0, 0], update, first: micro * batch })
  })

/**
 * Computes a DIVA case by training it: first forward pass, gradients of the first step, and the parameters after all its steps (and
 * after each number of steps in `snapshots`), with the case's own images and random draws.
 * Errors: `CaseUnusable` (manifest or tensors missing, unknown flavours), `ConfigInvalid`, those of training.
 */
export const runDivaCase = Effect.fn("runDivaCase")(function* (
  document: unknown,
  data: CaseData,
  snapshots: readonly number[] = [2],
) {
  const manifest = yield* parseCaseManifest(document)
  const found = yield* caseMethod(manifest)
  yield* requireDraws(manifest, data)
  const config = yield* orUnusable(() => configOf(found, manifest, data))
  const record: Recorded = {
    firstForward: new Map(),
    classWeight: yield* orUnusable(() => arrayNamed(data.weights, classWeightName)),
    gradients: new Map(),
    parameters: new Map(),
    losses: [],
    gradientNorms: [],
    learningRates: [],
  }
  const recording = {
    name: "case",
    every: 1,
    also: ["start", "microStep"] as const,
    observe: (view: View) => {
      if (view.moment === "start") return noteFirstForward(found, manifest, data, record, view)
      if (view.moment === "microStep") return noteMicroStep(view, manifest.trainer.gradient_accumulation_steps, record)
      return noteUpdate(view, snapshots, record)
    },
  }
  const services = Layer.mergeAll(caseShards(data.images), Checkpoints.layerMemory, Events.layerOf([]))
  yield* trainDiva(config, [recording]).pipe(Effect.provide(services))
  const updates = yield* orUnusable(() => updatesOf(data, record.parameters))
  const result: DivaCaseResult = { ...record, updates }
  return result
}, Effect.scoped)
