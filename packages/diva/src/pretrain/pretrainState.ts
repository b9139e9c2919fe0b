import { hostKey, sizeOf, type HostArray } from "@diva/tensor"
import type { RunState } from "../checkpoint/runState.ts"
import type { ArraysOf, MachineArray } from "../gpu/machineArray.ts"
import type { Json } from "../json.ts"
import type { NamedArrays } from "../weights/namedArrays.ts"
import type { WeightsOf } from "../weights/weightArray.ts"
import type { Pretraining, PretrainSettings } from "./pretraining.ts"
import type { PretrainState } from "./pretrainStep.ts"

/** What decides the numbers of a pre-training: one that is resumed must have the same. */
export const settingsRecord = (name: string, settings: PretrainSettings): RunState["settings"] => {
  const { stopAfter: _, checkpointEvery: __, logEvery: ___, ...deciding } = settings
  return { pretraining: name, ...(deciding as unknown as Readonly<Record<string, Json>>) }
}

const zeros = (arrays: NamedArrays): NamedArrays =>
  new Map(
    [...arrays].map(([name, { shape }]) => [name, { shape, dtype: "f32", data: new Float32Array(sizeOf(shape)) }]),
  )

const prefixed = <A>(prefix: string, arrays: Iterable<readonly [string, A]>): readonly (readonly [string, A])[] =>
  [...arrays].map(([name, array]) => [`${prefix}.${name}`, array])

const under = (prefix: string, arrays: NamedArrays): Readonly<Record<string, HostArray>> =>
  Object.fromEntries(
    [...arrays].flatMap(([name, array]) =>
      name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), array] as const] : [],
    ),
  )

/** The state before the first update. */
export const firstState = <Frozen>(
  { name, parameters }: Pretraining<Frozen>,
  settings: PretrainSettings,
): RunState => ({
  update: 0,
  rootKey: hostKey(settings.seed),
  position: { epoch: 0, position: 0 },
  parameters: new Map([...prefixed("params", parameters), ...prefixed("average", parameters)]),
  optimizer: new Map([...prefixed("first", zeros(parameters)), ...prefixed("second", zeros(parameters))]),
  settings: settingsRecord(name, settings),
})

/** A saved state as a program's argument. */
export const stateTree = ({ update, parameters, optimizer }: RunState): WeightsOf<PretrainState> =>
  ({
    params: under("params", parameters),
    average: under("average", parameters),
    moments: {
      first: under("first", optimizer),
      second: under("second", optimizer),
      step: { shape: [], dtype: "i32", data: Int32Array.of(update) },
    },
  }) as unknown as WeightsOf<PretrainState>

type Named = Iterable<readonly [string, MachineArray]>

/** The arrays of a state on the machine under the names they are saved by. */
export const savedNames = ({ params, average, moments }: ArraysOf<PretrainState>) => {
  const entries = (tree: unknown): Named => Object.entries(tree as Readonly<Record<string, MachineArray>>)
  return {
    parameters: new Map([...prefixed("params", entries(params)), ...prefixed("average", entries(average))]),
    optimizer: new Map([...prefixed("first", entries(moments.first)), ...prefixed("second", entries(moments.second))]),
  }
}

/** What a pre-training has learnt: the moving average of the parameters. */
export const learnt = ({ parameters }: RunState): NamedArrays => new Map(Object.entries(under("average", parameters)))
