import { spend, type Machine } from "./machine.ts"
import { refuse, refuseGlobal } from "./pickleFault.ts"
import { dictOf, isKind, itemsOf, objectOf, tupleOf, type PickleGlobal, type PickleValue } from "./pickleValue.ts"
import { fromTypedTensor, parameter, tensor, tensorOfDType } from "./rebuildTensor.ts"

type Args = readonly PickleValue[]
type Constructor = (args: Args, machine: Machine) => PickleValue

const pairOf = (item: PickleValue): readonly [PickleValue, PickleValue] => {
  const [key, value] = itemsOf(item) ?? []
  return key === undefined || value === undefined
    ? refuse("it builds a dict from something other than pairs")
    : [key, value]
}

const copyOf = (from: PickleValue | undefined, machine: Machine): PickleValue[] => {
  const items = itemsOf(from) ?? []
  spend(machine, items.length)
  return [...items]
}

const dict: Constructor = ([from], machine) => {
  if (!isKind(from, "dict")) return dictOf(copyOf(from, machine).map(pairOf))
  spend(machine, from.entries.size)
  return dictOf(from.entries)
}

const list: Constructor = ([from], machine) => ({ kind: "list", items: copyOf(from, machine) })
const set: Constructor = ([from], machine) => ({ kind: "set", items: copyOf(from, machine) })
const tuple: Constructor = ([from], machine) => tupleOf(copyOf(from, machine))
const first: Constructor = ([value]) => value ?? null

const inert =
  (name: string): Constructor =>
  (args) =>
    objectOf(name, args)

/** copyreg._reconstructor(class, base, state): an instance of a class, as `NEWOBJ` makes it in later protocols. */
const reconstruct: Constructor = ([of, ...rest]) =>
  isKind(of, "global")
    ? objectOf(of.name, rest)
    : refuse("its pickle makes an instance of something that is not a class")

const python: Readonly<Record<string, Constructor>> = {
  list,
  dict,
  set,
  frozenset: set,
  tuple,
  bytearray: first,
  complex: inert("builtins.complex"),
  range: inert("builtins.range"),
  xrange: inert("builtins.range"),
  slice: inert("builtins.slice"),
}

/** Tensors that are not a run of numbers in a storage: which kind, for people. */
const strangeTensors: Readonly<Record<string, string>> = {
  "torch._utils._rebuild_sparse_tensor": "a sparse tensor",
  "torch._utils._rebuild_sparse_csr_tensor": "a sparse tensor",
  "torch._utils._rebuild_nested_tensor": "a nested tensor",
  "torch._utils._rebuild_qtensor": "a quantized tensor",
  "torch._utils._rebuild_meta_tensor_no_storage": "a tensor without numbers (device meta)",
  "torch._utils._rebuild_wrapper_subclass": "a tensor of a custom class",
  "torch._utils._rebuild_device_tensor_from_numpy": "a tensor that PyTorch stored as a NumPy array",
  "torch._utils._rebuild_device_tensor_from_cpu_tensor": "a tensor of a custom device",
}

const notRead =
  (what: string): Constructor =>
  () =>
    refuse(`it holds ${what}, which this package cannot read`)

const underBoth = (constructors: Readonly<Record<string, Constructor>>): Readonly<Record<string, Constructor>> =>
  Object.fromEntries(
    ["builtins", "__builtin__"].flatMap((module) =>
      Object.entries(constructors).map(([name, make]) => [`${module}.${name}`, make]),
    ),
  )

const inertNames = [
  "torch.device",
  "torch.serialization._get_layout",
  "_codecs.encode",
  "functools.partial",
  "argparse.Namespace",
  "types.SimpleNamespace",
  "pathlib.PosixPath",
  "pathlib.WindowsPath",
  "numpy.dtype",
  "numpy.core.multiarray.scalar",
  "numpy.core.multiarray._reconstruct",
  "numpy._core.multiarray.scalar",
  "numpy._core.multiarray._reconstruct",
  "datetime.date",
  "datetime.datetime",
  "datetime.timedelta",
  "datetime.timezone",
  "decimal.Decimal",
  "fractions.Fraction",
  "uuid.UUID",
]

/** Everything that may be called while a pickle is read: each is one of the functions above, none is looked up. */
const constructors: ReadonlyMap<string, Constructor> = new Map(
  Object.entries({
    ...underBoth(python),
    ...Object.fromEntries(inertNames.map((name) => [name, inert(name)])),
    ...Object.fromEntries(Object.entries(strangeTensors).map(([name, what]) => [name, notRead(what)])),
    "collections.OrderedDict": dict,
    "collections.Counter": dict,
    "collections.deque": list,
    "collections.defaultdict": ([, from]: Args, machine: Machine) => dict(from === undefined ? [] : [from], machine),
    "copyreg._reconstructor": reconstruct,
    "copy_reg._reconstructor": reconstruct,
    "torch.Size": tuple,
    "torch._utils._rebuild_tensor": tensor,
    "torch._utils._rebuild_tensor_v2": tensor,
    "torch._utils._rebuild_tensor_v3": tensorOfDType,
    "torch._utils._rebuild_parameter": parameter,
    "torch._utils._rebuild_parameter_with_state": parameter,
    "torch.nn.parameter.Parameter": parameter,
    "torch._tensor._rebuild_from_type_v2": (args: Args, machine: Machine) =>
      fromTypedTensor(args, (global, inner) => construct(global, inner, machine)),
    "torch.jit._pickle.build_intlist": first,
    "torch.jit._pickle.build_doublelist": first,
    "torch.jit._pickle.build_boollist": first,
    "torch.jit._pickle.build_tensorlist": first,
    "torch.jit._pickle.restore_type_tag": first,
  }),
)

/** Names of Python itself that may stand as a class, though nothing is made of them. */
const inertBuiltins: ReadonlySet<string> = new Set(
  ["object", "int", "long", "float", "bool", "str", "unicode", "bytes", "type"].flatMap((name) => [
    `builtins.${name}`,
    `__builtin__.${name}`,
  ]),
)

/** Modules that reach files, processes or code: to name them is reason enough to refuse a file of weights. */
const suspect = new Set(
  (
    "builtins __builtin__ os posix nt sys subprocess commands importlib imp runpy code codeop pty shutil socket " +
    "ctypes operator pickle cPickle _pickle marshal types inspect webbrowser tempfile multiprocessing threading " +
    "asyncio platform pdb bdb timeit cProfile profile pip signal resource atexit io _io fileinput http urllib " +
    "requests dill cloudpickle torch.hub torch.package torch.utils.cpp_extension"
  ).split(" "),
)

const isSuspect = (module: string): boolean => suspect.has(module) || suspect.has(module.split(".")[0] as string)

/** A name that a pickle mentions. Refused at once if it belongs to what can reach beyond the pickle. */
export const nameGlobal = (module: string, name: string): PickleGlobal => {
  const global = `${module}.${name}`
  if (!constructors.has(global) && !inertBuiltins.has(global) && isSuspect(module)) return refuseGlobal(global)
  return { kind: "global", name: global }
}

/** Calls a constructor of the closed list. Refuses every other name. */
export const construct = (global: string, args: Args, machine: Machine): PickleValue => {
  const make = constructors.get(global)
  return make === undefined ? refuseGlobal(global) : make(args, machine)
}

/**
 * An instance of a class: of the closed list where it has the class, else a record of what the pickle says, on which no
 * code of the class ever runs. Whole models and TorchScript modules are trees of such records.
 */
export const instantiate = (global: string, args: Args, machine: Machine): PickleValue =>
  constructors.get(global)?.(args, machine) ?? objectOf(global, args)
