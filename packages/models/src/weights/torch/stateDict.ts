import { counted } from "@diva/tensor"
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
/** Training programs nest a state dict in a dict or two. */
const maxDictDepth = 3

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

const shownKeys = 6

const listed = (keys: readonly string[]): string =>
  `${keys.slice(0, shownKeys).join(", ")}${keys.length > shownKeys ? `, … (${keys.length})` : ""}`

const beside = (
  { entries }: PickleDict,
  taken: (name: PickleValue, value: PickleValue) => boolean,
): readonly string[] => {
  const others = [...entries].filter(([name, value]) => !taken(name, value)).map(([name]) => String(name))
  return others.length === 0 ? [] : [`beside the weights: ${listed(others)}`]
}

/** Where a file holds several groups of tensors and no name says which are the weights. */
export interface Undecided {
  readonly undecided: string
  /** Tensors of the largest group. */
  readonly size: number
}

type Outcome = StateDict | Undecided | undefined

const isDecided = (outcome: Outcome): outcome is StateDict => outcome !== undefined && "tensors" in outcome

const sizeOf = (outcome: StateDict | Undecided): number => (isDecided(outcome) ? outcome.tensors.size : outcome.size)

/** What an entry of a dict or list holds, if tensors. */
type Found = readonly [key: string, outcome: StateDict | Undecided]

/** What was found in each dict, so that one named in many places is walked once. */
type Seen = Map<PickleValue, Outcome>

const foundIn = (entries: Iterable<readonly [PickleValue, PickleValue]>, depth: number, seen: Seen): readonly Found[] =>
  [...entries].slice(0, maxNests).flatMap(([name, value]) => {
    const outcome = depth < maxDictDepth ? chosen(value, depth + 1, seen) : undefined
    return outcome === undefined ? [] : [[String(name), outcome] as const]
  })

const undecidedOf = (direct: number, found: readonly Found[]): Undecided => {
  const nested = found.map(([name, outcome]) => `${counted(sizeOf(outcome), "tensor")} under "${name}"`)
  return {
    undecided: [...(direct === 0 ? [] : [`${counted(direct, "tensor")} at its top`]), ...nested].join(", "),
    size: Math.max(direct, ...found.map(([, outcome]) => sizeOf(outcome))),
  }
}

/** The entry of a training state that holds the weights: by its usual name, else the only one with tensors in it. */
const nestOf = (found: readonly Found[]): readonly [string, StateDict] | undefined => {
  const named = nests.flatMap((nest) => found.filter(([name]) => name === nest))[0]
  const [key, outcome] = named ?? (found.length === 1 ? found[0]! : [])
  return key === undefined || !isDecided(outcome) ? undefined : [key, outcome]
}

const ofNest = (dict: PickleDict, key: string, { tensors, remarks }: StateDict): StateDict => ({
  tensors,
  remarks: [`the tensors are nested under "${key}"`, ...remarks, ...beside(dict, (name) => name === key)],
})

/** An optimizer's state holds more tensors than the model it is of. */
const isOfOptimizer = (name: string): boolean => /optim|sched|scaler/i.test(name)

const isOptimizer = ({ entries }: PickleDict): boolean => entries.has("state") && entries.has("param_groups")

/**
 * A dict is a state dict, or a training state around one. Tensors beside a nested state dict (an epoch, a metric, a random
 * state) are not weights; so the larger group is taken, and of two as large the one whose name says what it is.
 */
const ofDict = (dict: PickleDict, depth: number, seen: Seen): Outcome => {
  if (isOptimizer(dict)) return undefined
  const direct = tensorsOf(dict)
  const found = foundIn(dict.entries, depth, seen).filter(([name]) => !isOfOptimizer(name))
  const nest = nestOf(found)
  if (nest !== undefined) {
    const [key, state] = nest
    if (state.tensors.size >= direct.size + (nests.includes(key) ? 0 : 1)) return ofNest(dict, key, state)
  }
  if (direct.size > 0 && found.every(([, outcome]) => sizeOf(outcome) <= direct.size))
    return { tensors: direct, remarks: beside(dict, (_, item) => isKind(item, "tensor")) }
  return found.length === 0 ? undefined : undecidedOf(direct.size, found)
}

const ofModule = (module: PickleObject): StateDict | undefined => {
  const tensors = moduleTensors(module)
  return tensors.size === 0 ? undefined : { tensors, remarks: [`a whole module of class ${module.of}`] }
}

/** A list of models is not a state dict; but what it holds must be mentioned beside a stray tensor. */
const ofItems = (items: readonly PickleValue[], depth: number, seen: Seen): Undecided | undefined => {
  const found = foundIn(
    items.map((item, i) => [i, item] as const),
    depth,
    seen,
  )
  return found.length === 0 ? undefined : undecidedOf(0, found)
}

const look = (value: PickleValue, depth: number, seen: Seen): Outcome => {
  if (isKind(value, "dict")) return ofDict(value, depth, seen)
  if (isKind(value, "object")) return ofModule(value)
  return isKind(value, "list", "tuple") ? ofItems(value.items, depth, seen) : undefined
}

const chosen = (value: PickleValue, depth: number, seen: Seen): Outcome => {
  if (seen.has(value)) return seen.get(value)
  // A dict that holds itself ends here.
  seen.set(value, undefined)
  const outcome = look(value, depth, seen)
  seen.set(value, outcome)
  return outcome
}

/**
 * The state dict of an unpickled checkpoint: a dict of tensors, one nested in a training state, or a module (whole models,
 * TorchScript), whose tensors get the names `state_dict()` would give them. Undefined where there are no tensors; `Undecided`
 * where there are several groups of them.
 */
export const stateDictOf = (value: PickleValue): StateDict | Undecided | undefined => chosen(value, 0, new Map())
