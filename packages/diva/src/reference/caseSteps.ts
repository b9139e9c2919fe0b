import { Effect, type Scope } from "effect"
import { mapTree, type HostArray, type TensorError } from "@diva/tensor"
import type { Frozen, Trainable } from "../objective/microStep.ts"
import { update, type UpdateInputs, type UpdateOutputs } from "../objective/update.ts"
import { isHostArray } from "../gpu/arrayLeaf.ts"
import { Gpu, type ArraysOf, type HostOf, type Program } from "../gpu/gpu.ts"
import { specTree } from "../weights/specTree.ts"
import { scalar, zerosLike } from "../train/hostScalars.ts"
import { flatten } from "../train/parameterTrees.ts"
import { prefixed } from "./caseArrays.ts"
import type { CaseUnusable } from "./caseFields.ts"
import { inputsAt, type Prepared } from "./casePrepare.ts"
import { caseMicroStep, type CaseStepArguments } from "./casePrograms.ts"

/** The classifier weight's name in checkpoints: not trained, overwritten at every forward pass. */
export const classWeightName = "class_model.final_fc.weight"

const zerosOf = <T>(tree: T): T => mapTree(tree, isHostArray, zerosLike) as T

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

const noteInto = (
  target: Map<string, HostArray>,
  prefix: string,
  tree: HostOf<Trainable>,
  classWeight: HostArray,
): void => {
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
  const { trainable } = start
  let { gradientSum } = start
  const losses: number[][] = []
  for (let m = 0; m < accumulation; m++) {
    const inputs = yield* inputsAt(prepared, step, m)
    const outputs = yield* micro.run({ trainable, frozen, gradientSum, ...inputs })
    gradientSum = outputs.gradientSum
    losses.push([...(yield* gpu.read(outputs.losses)).data])
    if (step > 0 || (m > 0 && m < accumulation - 1)) continue
    const gradients = yield* gpu.read(gradientSum)
    const nothing = zerosLike(prepared.classWeight)
    if (m === 0) noteInto(record.gradients, "micro0.", gradients, nothing)
    if (m === accumulation - 1) noteInto(record.gradients, "step0_preclip.", gradients, nothing)
  }
  record.losses.push(losses)
  const held: Held = { ...start, gradientSum }
  return held
})

/** Runs one optimizer step for each rate. `snapshots`: numbers of steps after which parameters are noted too. */
export const runSteps = Effect.fnUntraced(function* (
  prepared: Prepared,
  rates: readonly number[],
  snapshots: readonly number[],
) {
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
    const names = [
      ...(snapshots.includes(step + 1) ? [`after${step + 1}.`] : []),
      ...(step === rates.length - 1 ? ["final."] : []),
    ]
    for (const name of names) noteInto(record.parameters, name, yield* gpu.read(held.trainable), prepared.classWeight)
  }
  return record
})
