import { Effect, type Scope } from "effect"
import { warmupCosine } from "@diva/autograd"
import { mapTree, type HostArray, type TensorError } from "@diva/tensor"
import { clipParameters, type ModelError } from "@diva/models"
import type { Frozen, Trainable } from "../objective/microStep.ts"
import { update, type UpdateInputs, type UpdateOutputs } from "../objective/update.ts"
import { Gpu, type ArraysOf, type HostOf, type Program } from "../run/gpu.ts"
import { isHostArray, type NamedArrays } from "../run/namedArrays.ts"
import { specTree } from "../run/specTree.ts"
import { scalar, zerosLike } from "../train/hostScalars.ts"
import { flatten } from "../train/parameterTrees.ts"
import { arrayNamed, parameterArrays, prefixed, type CaseData } from "./caseArrays.ts"
import { CaseUnusable, parseCaseManifest, type CaseManifest } from "./caseFields.ts"
import { caseImages } from "./caseImages.ts"
import { caseMethod, type CaseMethod } from "./caseModels.ts"
import {
  caseConstants,
  caseMicroStep,
  firstForward,
  type CaseStepArguments,
  type ConstantsArguments,
  type FirstForwardArguments,
  type GivenDraws,
} from "./casePrograms.ts"
import type { DivaCaseResult } from "./divaCaseResult.ts"

/** Everything about a case that its steps read. */
interface Prepared extends CaseMethod {
  readonly manifest: CaseManifest
  readonly data: CaseData
  readonly frozen: HostOf<Frozen>
  readonly initial: HostOf<Trainable>
  readonly classWeight: HostArray
}

const classWeightName = "class_model.final_fc.weight"

/** Runs `read`, whose `CaseUnusable` becomes a typed failure. */
const orUnusable = <A>(read: () => A): Effect.Effect<A, CaseUnusable> =>
  Effect.try({ try: read, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (cause instanceof CaseUnusable ? Effect.fail(cause) : Effect.die(cause))),
  )

const constantsOf = Effect.fnUntraced(function* (method: CaseMethod, { sd_text_ids: ids }: CaseManifest, data: CaseData) {
  const gpu = yield* Gpu
  const args: HostOf<ConstantsArguments> = yield* orUnusable(() => ({
    clip: parameterArrays(data.weights, "class_model.model.", clipParameters(method.configs.clip)),
    text: parameterArrays(data.prior, "text_encoder.", method.method.models.prior.text.parameters),
    ids: { shape: [1, ids.length], dtype: "i32" as const, data: Int32Array.from(ids) },
  }))
  const program = yield* gpu.compile(caseConstants(method), specTree<ConstantsArguments>(args), { name: "caseConstants" })
  return yield* Effect.flatMap(program.run(args), gpu.read)
}, Effect.scoped)

const initialOf = ({ method: { models } }: CaseMethod, { weights }: CaseData): HostOf<Trainable> => ({
  class_model: { model: parameterArrays(weights, "class_model.model.", models.image.parameters) },
  visual_proj: { weight: arrayNamed(weights, "visual_proj.weight"), bias: arrayNamed(weights, "visual_proj.bias") },
})

const prepare = Effect.fnUntraced(function* (document: unknown, data: CaseData) {
  const manifest = yield* parseCaseManifest(document)
  const method = yield* caseMethod(manifest)
  const { prior } = method.method.models
  const { textEmbedding, classWeight } = yield* constantsOf(method, manifest, data)
  return yield* orUnusable(
    (): Prepared => ({
      ...method,
      manifest,
      data,
      classWeight,
      initial: initialOf(method, data),
      frozen: {
        unet: parameterArrays(data.prior, "unet.", prior.unet.parameters),
        vae: parameterArrays(data.prior, "vae.", prior.vae.parameters),
        textEmbedding,
      },
    }),
  )
})

const zerosOf = <T>(tree: T): T => mapTree(tree, isHostArray, zerosLike) as T

const drawsAt = ({ data: { draws }, manifest }: Prepared, step: number, micro: number): HostOf<readonly GivenDraws[]> =>
  Array.from({ length: manifest.trainer.train_steps }, (_, inner) => {
    const at = `step${step}.micro${micro}.inner${inner}`
    const indices = draws.get(`patch_indices.${at}`)
    return {
      timesteps: arrayNamed(draws, `timesteps.${at}`),
      noise: arrayNamed(draws, `noise.${at}`),
      ...(indices === undefined ? {} : { patch_indices: indices }),
    }
  })

/** Images and draws of a micro-batch: micro-batch m of step s takes images (s·A + m)·B … + B. */
const inputsAt = (prepared: Prepared, step: number, micro: number) =>
  orUnusable(() => {
    const { batch_size: batch, gradient_accumulation_steps: accumulation } = prepared.manifest.trainer
    return {
      images: caseImages(prepared.data.images, (step * accumulation + micro) * batch, batch),
      draws: drawsAt(prepared, step, micro),
    }
  })

const runFirstForward = Effect.fnUntraced(function* (prepared: Prepared) {
  const gpu = yield* Gpu
  const { initial, frozen, classWeight } = prepared
  const args: HostOf<FirstForwardArguments> = { trainable: initial, frozen, classWeight, ...(yield* inputsAt(prepared, 0, 0)) }
  const program = yield* gpu.compile(firstForward(prepared), specTree<FirstForwardArguments>(args), { name: "firstForward" })
  const outputs = yield* Effect.flatMap(program.run(args), gpu.read)
  const named: NamedArrays = new Map(Object.entries(outputs))
  return named
}, Effect.scoped)

interface CasePrograms {
  readonly micro: Program<CaseStepArguments, ReturnType<ReturnType<typeof caseMicroStep>>>
  readonly update: Program<UpdateInputs, UpdateOutputs>
}

const compilePrograms = Effect.fnUntraced(function* (
  prepared: Prepared,
): Effect.fn.Return<CasePrograms, TensorError | CaseUnusable, Gpu | Scope.Scope> {
  const gpu = yield* Gpu
  const { initial: trainable, frozen, manifest } = prepared
  const gradientSum = zerosOf(trainable)
  const microArguments = { trainable, frozen, gradientSum, ...(yield* inputsAt(prepared, 0, 0)) }
  const updateArguments = { trainable, momentum: gradientSum, gradientSum, learningRate: scalar(0) }
  return {
    micro: yield* gpu.compile(caseMicroStep(prepared), specTree<CaseStepArguments>(microArguments), {
      name: "caseMicroStep",
      donate: ["gradientSum"],
    }),
    update: yield* gpu.compile(
      (inputs: UpdateInputs) => update(inputs, { clipNorm: manifest.trainer.max_grad_norm }),
      specTree<UpdateInputs>(updateArguments),
      { name: "caseUpdate", donate: ["trainable", "momentum", "gradientSum"] },
    ),
  }
})

interface Held {
  readonly trainable: ArraysOf<Trainable>
  readonly momentum: ArraysOf<Trainable>
  readonly gradientSum: ArraysOf<Trainable>
}

/** What the steps of a case leave behind. */
interface Recorded {
  readonly gradients: Map<string, HostArray>
  readonly parameters: Map<string, HostArray>
  readonly losses: number[][][]
  readonly gradientNorms: number[]
}

const noteInto = (target: Map<string, HostArray>, prefix: string, tree: HostOf<Trainable>, classWeight: HostArray): void => {
  const all = new Map([...flatten(tree), [classWeightName, classWeight] as const])
  for (const [name, array] of prefixed(all, prefix)) target.set(name, array)
}

const runMicroSteps = Effect.fnUntraced(function* (
  prepared: Prepared,
  { micro }: CasePrograms,
  frozen: ArraysOf<Frozen>,
  start: Held,
  step: number,
  record: Recorded,
) {
  const gpu = yield* Gpu
  const accumulation = prepared.manifest.trainer.gradient_accumulation_steps
  let held = start
  record.losses.push([])
  for (let m = 0; m < accumulation; m++) {
    const { trainable, gradientSum } = held
    const outputs = yield* micro.run({ trainable, frozen, gradientSum, ...(yield* inputsAt(prepared, step, m)) })
    held = { ...held, gradientSum: outputs.gradientSum }
    record.losses.at(-1)!.push([...(yield* gpu.read(outputs.losses)).data])
    if (step > 0 || (m > 0 && m < accumulation - 1)) continue
    const gradients = yield* gpu.read(held.gradientSum)
    const nothing = zerosLike(prepared.classWeight)
    if (m === 0) noteInto(record.gradients, "micro0.", gradients, nothing)
    if (m === accumulation - 1) noteInto(record.gradients, "step0_preclip.", gradients, nothing)
  }
  return held
})

const runSteps = Effect.fnUntraced(function* (prepared: Prepared, rates: readonly number[], snapshots: readonly number[]) {
  const gpu = yield* Gpu
  const programs = yield* compilePrograms(prepared)
  const frozen: ArraysOf<Frozen> = yield* gpu.put(prepared.frozen)
  const zeros = zerosOf(prepared.initial)
  let held: Held = yield* gpu.put({ trainable: prepared.initial, momentum: zeros, gradientSum: zeros })
  const record: Recorded = { gradients: new Map(), parameters: new Map(), losses: [], gradientNorms: [] }
  for (const [step, rate] of rates.entries()) {
    const summed = yield* runMicroSteps(prepared, programs, frozen, held, step, record)
    const { gradientNorm, ...next } = yield* programs.update.run({ ...summed, learningRate: scalar(rate) })
    held = next
    record.gradientNorms.push((yield* gpu.read(gradientNorm)).data[0]!)
    const names = [...(snapshots.includes(step + 1) ? [`after${step + 1}.`] : []), ...(step === rates.length - 1 ? ["final."] : [])]
    for (const name of names) noteInto(record.parameters, name, yield* gpu.read(held.trainable), prepared.classWeight)
  }
  return record
})

const difference = (a: HostArray, b: HostArray): HostArray => ({ ...a, data: Float32Array.from(a.data, (x, i) => x - b.data[i]!) })

const updatesOf = ({ initial, data }: Prepared, parameters: NamedArrays): NamedArrays => {
  const before = new Map([...flatten(initial), [classWeightName, arrayNamed(data.weights, classWeightName)] as const])
  return new Map([...parameters].map(([name, array]) => [name, difference(array, before.get(name.slice(name.indexOf(".") + 1))!)]))
}

/**
 * Computes a DIVA case: first forward pass, gradients of the first step, and the parameters after all its steps (and after
 * each number of steps in `snapshots`), with the case's own random draws.
 * Errors: `CaseUnusable` (manifest or tensors missing, other flavours), `ConfigInvalid`, any `TensorError`.
 */
export const runDivaCase = Effect.fn("runDivaCase")(
  function* (document: unknown, data: CaseData, snapshots: readonly number[] = [2]) {
    const prepared = yield* prepare(document, data)
    const { learning_rate: peak, warmup_steps: warmup, max_steps: steps } = prepared.manifest.trainer
    const learningRates = Array.from({ length: steps }, (_, step) => warmupCosine({ peak, warmup, steps })(step))
    const firstForward = yield* runFirstForward(prepared)
    const record = yield* runSteps(prepared, learningRates, snapshots)
    const updates = yield* orUnusable(() => updatesOf(prepared, record.parameters))
    const result: DivaCaseResult = { firstForward, ...record, updates, learningRates }
    return result
  },
  Effect.scoped,
)
