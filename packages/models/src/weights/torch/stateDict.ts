import {
  isKind,
  itemsOf,
  type PickleDict,
  type PickleObject,
  type PickleValue,
  type TensorRef,
} from "../pickle/pickleValue.ts"

/** The named tensors of an unpickled file, and in words what else it holds. */
export interface StateDict {
  readonly tensors: ReadonlyMap<string, TensorRef>
  readonly remarks: readonly string[]
}

/** Where training programs keep the state dict among their other state, the likeliest first. */
const nests = [
  "state_dict",
  "model_state_dict",
  "model",
  "module",
  "ema_state_dict",
  "model_ema",
  "ema",
  "net",
  "weights",
]

const maxDepth = 64
/** A small pickle could name the same large module in many places. */
const maxVisited = 200_000
/** A training state has a dozen entries. */
const maxNests = 64

const tensorsOf = ({ entries }: PickleDict): ReadonlyMap<string, TensorRef> => {
  const tensors = new Map<string, TensorRef>()
  for (const [name, value] of entries) if (typeof name === "string" && isKind(value, "tensor")) tensors.set(name, value)
  return tensors
}

const entriesOf = (value: PickleValue | undefined): Iterable<readonly [PickleValue, PickleValue]> =>
  isKind(value, "dict") ? value.entries : []

const keyed = ({ state }: PickleObject, key: string): PickleValue | undefined =>
  isKind(state, "dict") ? state.entries.get(key) : undefined

interface Walk {
  readonly tensors: Map<string, TensorRef>
  visited: number
}

const collect = (walk: Walk, prefix: string, entries: Iterable<readonly [PickleValue, PickleValue]>): void => {
  for (const [name, value] of entries) {
    if (++walk.visited > maxVisited) return
    if (typeof name === "string" && isKind(value, "tensor")) walk.tensors.set(`${prefix}${name}`, value)
  }
}

/** Attributes that a TorchScript module or a module of torch.nn has modules in. */
const submodules = (module: PickleObject): Iterable<readonly [PickleValue, PickleValue]> =>
  isKind(keyed(module, "_modules"), "dict") ? entriesOf(keyed(module, "_modules")) : entriesOf(module.state)

/** The tensors of a module and the modules below it, named as `state_dict()` names them. */
const walkModule = (walk: Walk, prefix: string, module: PickleObject, depth: number): void => {
  if (depth > maxDepth) return
  if (keyed(module, "_parameters") === undefined) collect(walk, prefix, entriesOf(module.state))
  else {
    const transient = new Set(itemsOf(keyed(module, "_non_persistent_buffers_set")))
    collect(walk, prefix, entriesOf(keyed(module, "_parameters")))
    collect(
      walk,
      prefix,
      [...entriesOf(keyed(module, "_buffers"))].filter(([name]) => !transient.has(name)),
    )
  }
  for (const [name, below] of submodules(module)) {
    if (++walk.visited > maxVisited) return
    if (typeof name === "string" && isKind(below, "object")) walkModule(walk, `${prefix}${name}.`, below, depth + 1)
  }
}

const moduleTensors = (module: PickleObject): ReadonlyMap<string, TensorRef> => {
  const walk: Walk = { tensors: new Map(), visited: 0 }
  walkModule(walk, "", module, 0)
  return walk.tensors
}

const named = (value: PickleValue): ReadonlyMap<string, TensorRef> =>
  isKind(value, "dict") ? tensorsOf(value) : isKind(value, "object") ? moduleTensors(value) : new Map()

const shownKeys = 6

const listed = (keys: readonly string[]): string =>
  `${keys.slice(0, shownKeys).join(", ")}${keys.length > shownKeys ? `, … (${keys.length})` : ""}`

const beside = (
  { entries }: PickleDict,
  taken: (name: PickleValue, value: PickleValue) => boolean,
): readonly string[] => {
  const others = [...entries].filter(([name, value]) => !taken(name, value)).map(([name]) => String(name))
  return others.length === 0 ? [] : [`beside the tensors: ${listed(others)}`]
}

/** The entry of a training state that holds the weights: by its usual name, else the only one with tensors in it. */
const nestOf = ({ entries }: PickleDict): readonly [string, ReadonlyMap<string, TensorRef>] | undefined => {
  const found = [...entries].slice(0, maxNests).flatMap(([name, value]) => {
    const tensors = typeof name === "string" ? named(value) : new Map<string, TensorRef>()
    return tensors.size > 0 ? [[name as string, tensors] as const] : []
  })
  const usual = nests.flatMap((nest) => found.filter(([name]) => name === nest))
  return usual[0] ?? (found.length === 1 ? found[0] : undefined)
}

const ofDict = (value: PickleDict): StateDict | undefined => {
  const direct = tensorsOf(value)
  if (direct.size > 0) return { tensors: direct, remarks: beside(value, (_, item) => isKind(item, "tensor")) }
  const nest = nestOf(value)
  if (nest === undefined) return undefined
  const [key, tensors] = nest
  return { tensors, remarks: [`the tensors are nested under "${key}"`, ...beside(value, (name) => name === key)] }
}

const ofModule = (module: PickleObject): StateDict | undefined => {
  const tensors = moduleTensors(module)
  return tensors.size === 0 ? undefined : { tensors, remarks: [`a whole module of class ${module.of}`] }
}

/**
 * The state dict of an unpickled checkpoint: a dict of tensors, one nested in a training state, or a module (whole models,
 * TorchScript), whose tensors get the names `state_dict()` would give them. Undefined where there are no tensors.
 */
export const stateDictOf = (value: PickleValue): StateDict | undefined =>
  isKind(value, "dict") ? ofDict(value) : isKind(value, "object") ? ofModule(value) : undefined
