import { Effect } from "effect"
import { warmupCosine } from "@diva/autograd"
import type { HostArray } from "@diva/tensor"
import { Gpu, type HostOf } from "../gpu/gpu.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import { specTree } from "../weights/specTree.ts"
import { flatten } from "../train/parameterTrees.ts"
import { arrayNamed, type CaseData } from "./caseArrays.ts"
import { inputsAt, orUnusable, prepare, type Prepared } from "./casePrepare.ts"
import { firstForward, type FirstForwardArguments } from "./casePrograms.ts"
import { classWeightName, runSteps } from "./caseSteps.ts"
import type { DivaCaseResult } from "./divaCaseResult.ts"

const runFirstForward = Effect.fnUntraced(function* (prepared: Prepared) {
  const gpu = yield* Gpu
  const { initial, frozen, classWeight } = prepared
  const args: HostOf<FirstForwardArguments> = {
    trainable: initial,
    frozen,
    classWeight,
    ...(yield* inputsAt(prepared, 0, 0)),
  }
  const program = yield* gpu.compile(firstForward(prepared), specTree<FirstForwardArguments>(args), {
    name: "firstForward",
  })
  const outputs = yield* Effect.flatMap(program.run(args), gpu.read)
  const named: NamedArrays = new Map(Object.entries(outputs))
  return named
}, Effect.scoped)

const difference = (a: HostArray, b: HostArray): HostArray => ({
  ...a,
  data: Float32Array.from(a.data, (x, i) => x - b.data[i]!),
})

const updatesOf = ({ initial, data }: Prepared, parameters: NamedArrays): NamedArrays => {
  const before = new Map([...flatten(initial), [classWeightName, arrayNamed(data.weights, classWeightName)] as const])
  return new Map(
    [...parameters].map(([name, array]) => [name, difference(array, before.get(name.slice(name.indexOf(".") + 1))!)]),
  )
}

/**
 * Computes a DIVA case: first forward pass, gradients of the first step, and the parameters after all its steps (and after
 * each number of steps in `snapshots`), with the case's own random draws.
 * Errors: `CaseUnusable` (manifest or tensors missing, other flavours), `ConfigInvalid`, any `TensorError`.
 */
export const runDivaCase = Effect.fn("runDivaCase")(function* (
  document: unknown,
  data: CaseData,
  snapshots: readonly number[] = [2],
) {
  const prepared = yield* prepare(document, data)
  const { learning_rate: peak, warmup_steps: warmup, max_steps: steps } = prepared.manifest.trainer
  const learningRates = Array.from({ length: steps }, (_, step) => warmupCosine({ peak, warmup, steps })(step))
  const firstForward = yield* runFirstForward(prepared)
  const record = yield* runSteps(prepared, learningRates, snapshots)
  const updates = yield* orUnusable(() => updatesOf(prepared, record.parameters))
  const result: DivaCaseResult = { firstForward, ...record, updates, learningRates }
  return result
}, Effect.scoped)
