import { join } from "node:path"
import { checkNames, shapesOf, type Observe, type Parameter, type Params } from "@diva/models"
import { add, fill, mul, sum, type HostArray, type Tensor } from "@diva/tensor"
import { Gpu } from "../gpu/gpu.ts"
import { valueAndGrad } from "@diva/autograd"
import { Effect } from "effect"
import { fromEither } from "../fromEither.ts"
import { barOf } from "./bars.ts"
import { CaseInvalid } from "./caseError.ts"
import { arraysUnder, readCaseFile, readIfPresent, specsOfArrays, type Arrays, type CaseFile } from "./caseTensors.ts"
import { compareGroup, type GroupResult, type Pair } from "./group.ts"
import type { ReadableCase } from "./kind.ts"

type Tensors = Readonly<Record<string, Tensor>>

/** A model under test: the parameters it needs and what it computes of a case's inputs, by the case's output names. */
export interface ForwardModel {
  readonly parameters: readonly Parameter[]
  /** Names of inputs the model reads. */
  readonly inputs: readonly string[]
  readonly describe: (params: Params, inputs: Tensors, observe: Observe) => Tensors
  /** Names a checkpoint of this model may lack or add. */
  readonly ignorable?: readonly string[]
}

/** What a program of a case takes: everything in the files, apart by what the loss is differentiated by. */
interface Arguments {
  /** Parameters and inputs with an expected gradient, under `param.x` and `input.x`. */
  readonly differentiated: Tensors
  readonly params: Tensors
  readonly inputs: Tensors
  /** Weights of the outputs in the loss. */
  readonly projections: Tensors
}

interface Described {
  readonly outputs: Tensors
  readonly activations: Tensors
}

const entriesUnder = (tensors: Tensors, prefix: string): Tensors =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  )

const describe =
  (model: ForwardModel, activationNames: ReadonlySet<string>) =>
  ({ differentiated, params, inputs }: Omit<Arguments, "projections">): Described => {
    const activations: Record<string, Tensor> = {}
    const outputs = model.describe(
      { ...params, ...entriesUnder(differentiated, "param.") },
      { ...inputs, ...entriesUnder(differentiated, "input.") },
      (name, value) => {
        if (activationNames.has(`act.${name}`)) activations[`act.${name}`] = value
      },
    )
    return { outputs, activations }
  }

/** loss = Σ over k of sum(output[k] · projection[k]); outputs the model does not compute are missing from the sum. */
const lossOf = (outputs: Tensors, projections: Tensors): Tensor =>
  Object.entries(projections)
    .flatMap(([name, projection]) => (outputs[name] === undefined ? [] : [sum(mul(outputs[name], projection))]))
    .reduce(add, fill([], 0, "f32"))

const program =
  (model: ForwardModel, activationNames: ReadonlySet<string>) =>
  ({ differentiated, projections, ...rest }: Arguments) => {
    const forward = describe(model, activationNames)
    const scored = (by: Tensors): readonly [Tensor, Described] => {
      const described = forward({ differentiated: by, ...rest })
      return [lossOf(described.outputs, projections), described]
    }
    const [[loss, described], gradients] = valueAndGrad(scored, { aux: true })(differentiated)
    return { ...described, gradients, loss }
  }

/** The files of a case of this shape. */
interface ForwardFiles {
  readonly weights: CaseFile
  readonly inputs: CaseFile
  readonly expected: CaseFile
  readonly gradients: CaseFile | undefined
}

const readFiles = Effect.fnUntraced(function* (found: ReadableCase) {
  const { folder } = found
  const files: ForwardFiles = {
    weights: yield* readCaseFile(join(folder, "weights.safetensors")),
    inputs: yield* readCaseFile(join(folder, "inputs.safetensors")),
    expected: yield* readCaseFile(join(folder, "expected.safetensors")),
    gradients: yield* readIfPresent(found, "expected_grads.safetensors"),
  }
  return files
})

const pick = (arrays: Arrays, keep: (name: string) => boolean): Arrays =>
  Object.fromEntries(Object.entries(arrays).filter(([name]) => keep(name)))

const renamed = (arrays: Arrays, prefix: string): Arrays =>
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${prefix}${name}`, array]))

const splitArguments = (params: Arrays, given: Arrays, wanted: ReadonlySet<string>) => {
  const inputs = pick(given, (name) => !name.startsWith("proj."))
  return {
    differentiated: pick({ ...renamed(params, "param."), ...renamed(inputs, "input.") }, (name) => wanted.has(name)),
    params: pick(params, (name) => !wanted.has(`param.${name}`)),
    inputs: pick(inputs, (name) => !wanted.has(`input.${name}`)),
    projections: Object.fromEntries(
      Object.entries(given).flatMap(([name, array]) => (name.startsWith("proj.") ? [[name.slice(5), array]] : [])),
    ),
  }
}

const requireInputs = (model: ForwardModel, { file, tensors }: CaseFile): Effect.Effect<void, CaseInvalid> => {
  const missing = model.inputs.filter((name) => !tensors.has(name))
  return missing.length === 0
    ? Effect.void
    : Effect.fail(
        new CaseInvalid({
          file,
          rule: `holds no input ${missing.map((name) => `"${name}"`).join(", ")}`,
          remedy: "restore the file from its source",
        }),
      )
}

const numbers = (array: HostArray | undefined): Pair["got"] =>
  array === undefined ? undefined : { shape: array.shape, values: array.data }

const pairs = (got: Arrays, want: Arrays): readonly Pair[] =>
  Object.entries(want).map(([name, array]) => ({ name, got: numbers(got[name]), want: numbers(array)! }))

interface Computed {
  readonly outputs: Arrays
  readonly activations: Arrays
  readonly gradients: Arrays
  readonly loss: HostArray
}

const compare = Effect.fnUntraced(function* (
  found: ReadableCase,
  { outputs, activations, gradients, loss }: Computed,
  expected: Arrays,
  expectedGradients: Arrays,
) {
  const bar = yield* barOf(found, "tolerance", "f32_vs_f64")
  const isActivation = (name: string): boolean => name.startsWith("act.")
  const group = (name: string, got: Arrays, want: Arrays): readonly GroupResult[] =>
    Object.keys(want).length === 0 ? [] : [compareGroup(name, pairs(got, want), bar)]
  const groups = [
    ...group(
      "outputs",
      { loss, ...outputs },
      pick(expected, (name) => !isActivation(name)),
    ),
    ...group("activations", activations, pick(expected, isActivation)),
  ]
  if (Object.keys(expectedGradients).length === 0) return groups
  const gradientBar = yield* barOf(found, "tolerance_grads", "f32_vs_f64_grads")
  return [...groups, compareGroup("gradients", pairs(gradients, expectedGradients), gradientBar, { tinyRule: true })]
})

/** Computes a case of forward outputs, intermediate activations and, where it has them, gradients. */
export const runForwardCase = Effect.fn("runForwardCase")(function* (found: ReadableCase, model: ForwardModel) {
  const files = yield* readFiles(found)
  const { ignorable = [] } = model
  const stored = { file: files.weights.file, entries: files.weights.tensors }
  yield* fromEither(checkNames(shapesOf(model.parameters), stored, { ignorable }))
  yield* requireInputs(model, files.inputs)
  const expected = yield* arraysUnder(files.expected)
  const gradients = files.gradients === undefined ? {} : yield* arraysUnder(files.gradients)
  const names = new Set(model.parameters.map(({ name }) => name))
  const params = pick(yield* arraysUnder(files.weights), (name) => names.has(name))
  const values = splitArguments(params, yield* arraysUnder(files.inputs), new Set(Object.keys(gradients)))
  const specs = {
    differentiated: specsOfArrays(values.differentiated),
    params: specsOfArrays(values.params),
    inputs: specsOfArrays(values.inputs),
    projections: specsOfArrays(values.projections),
  }
  const gpu = yield* Gpu
  const described = program(model, new Set(Object.keys(expected)))
  const compiled = yield* gpu.compile(described, specs, { name: found.name })
  const computed: Computed = yield* Effect.flatMap(compiled.run(values), gpu.read)
  return yield* compare(found, computed, expected, gradients)
}, Effect.scoped)
