import type { DType } from "../dtype/dtype.ts"
import { packHalves } from "./half.ts"
import { isReadOnly, type Binding } from "./binding.ts"
import { placeText } from "./placement.ts"
import { specialValues } from "./literal.ts"
import { storageType, wgslType } from "./element.ts"
import { keepPeaks, noteMagnitude, peakDeclarations, peakDirectives } from "./peaks.ts"

/** Everything a shader consists of, before it is text. */
export interface ShaderParts {
  readonly directives?: readonly string[]
  readonly bindings: readonly Binding[]
  /** Textures, bound after buffers and parameters: texels of four f32, or of eight packed f16. */
  readonly textures?: readonly { readonly name: string; readonly packed: boolean }[]
  /** Names of the u32 parameters, read as `params.<name>`. */
  readonly params: readonly string[]
  readonly functions: Iterable<string>
  readonly code: string
  readonly workgroupSize: number
  /** Body of the entry point; `group` is the workgroup's number, `lane` the invocation's number in it. */
  readonly main: string
}

const windowName = (binding: Binding, window: number): string =>
  binding.windows === 1 ? binding.name : `${binding.name}_${window}`

const elementType = ({ dtype, vector, halves, access }: Binding): string =>
  access === "peak"
    ? "atomic<u32>"
    : halves === true
      ? "vec4<f16>"
      : vector === true
        ? `vec4<${storageType(dtype)}>`
        : storageType(dtype)

const declareWindows = (binding: Binding, first: number): readonly string[] =>
  Array.from({ length: binding.windows }, (_, window) => {
    const access = isReadOnly(binding) ? "read" : "read_write"
    return `@group(0) @binding(${first + window}) var<storage, ${access}> b_${windowName(binding, window)}: array<${elementType(binding)}>;`
  })

const loadWord = (dtype: DType, array: string, i: string): string => {
  if (dtype === "bool") return `${array}[${i}] != 0u`
  return dtype === "f16"
    ? `select(unpack2x16float(${array}[${i} >> 1u]).x, unpack2x16float(${array}[${i} >> 1u]).y, (${i} & 1u) == 1u)`
    : `${array}[${i}]`
}

const storeWord = (dtype: DType, array: string, i: string): string =>
  dtype === "bool" ? `${array}[${i}] = select(0u, 1u, v);` : `${array}[${i}] = v;`

// Windows partition the elements: a chain of comparisons finds the one that holds element i.
const overWindows = (binding: Binding, access: (array: string, i: string) => string): string => {
  const held = binding.windowElements / (binding.vector === true ? 4 : 1)
  const statements = Array.from({ length: binding.windows }, (_, window) => {
    const i = window === 0 ? "i" : `(i - ${window * held}u)`
    const statement = access(`b_${windowName(binding, window)}`, i)
    return window === binding.windows - 1 ? statement : `if (i < ${(window + 1) * held}u) { ${statement} } else { `
  })
  return statements.join("") + " }".repeat(binding.windows - 1)
}

const vectorLoad = (binding: Binding): string => {
  const type = elementType(binding)
  const body =
    binding.windows === 1
      ? `return b_${binding.name}[i];`
      : `var r: ${type}; ${overWindows(binding, (array, i) => `r = ${array}[${i}];`)} return r;`
  return `fn load4_${binding.name}(i: u32) -> ${type} { ${body} }`
}

const loadFunction = (binding: Binding): string => {
  if (binding.vector === true) return vectorLoad(binding)
  const type = wgslType(binding.dtype)
  const body = overWindows(binding, (array, i) => `r = ${loadWord(binding.dtype, array, i)};`)
  return `fn load_${binding.name}(i: u32) -> ${type} { var r: ${type}; ${body} return r; }`
}

const noteText = ({ name, peak, vector }: Binding): string =>
  peak === undefined ? "" : noteMagnitude(name, vector === true)

const placedText = ({ placed, vector = false }: Binding, i: string): string =>
  placed === undefined ? i : placeText(placed, i, vector ? 4 : 1)

const storeFunction = (binding: Binding): string =>
  binding.vector === true
    ? `fn store4_${binding.name}(i: u32, v: ${elementType(binding)}) { ${noteText(binding)}${overWindows(binding, (array, i) => `${array}[${placedText(binding, i)}] = v;`)} }`
    : binding.dtype === "f16"
      ? `fn store_pair_${binding.name}(pair: u32, v: vec2<f32>) { let i = pair * 2u; ${overWindows(binding, (array, i) => `${array}[${i} >> 1u] = pack_halves(v);`)} }`
      : `fn store_${binding.name}(i: u32, v: ${wgslType(binding.dtype)}) { ${noteText(binding)}${overWindows(binding, (array, i) => storeWord(binding.dtype, array, placedText(binding, i)))} }`

const accessFunctions = (binding: Binding): readonly string[] => [
  ...(binding.access === "write" || binding.access === "peak" || binding.halves === true
    ? []
    : [loadFunction(binding)]),
  ...(binding.access === "read" || binding.access === "peak" ? [] : [storeFunction(binding)]),
]

/** Number of bindings before each tensor's first window; the parameters come last. */
export const bindingSlots = (bindings: readonly Binding[]): readonly number[] => {
  let slot = 0
  return bindings.map(({ windows }) => (slot += windows) - windows)
}

const declareParams = (params: readonly string[], slot: number): readonly string[] =>
  params.length === 0
    ? []
    : [
        `struct Params { ${params.map((name) => `${name}: u32`).join(", ")} }`,
        `@group(0) @binding(${slot}) var<uniform> params: Params;`,
      ]

/** Format of a texture whose texels hold four f32, or eight f16 as bits. */
export const textureFormat = (packed: boolean): "rgba32float" | "rgba32uint" => (packed ? "rgba32uint" : "rgba32float")

// A kernel that stores no result binds no peak either.
const withHeldPeaks = (bindings: readonly Binding[]): readonly Binding[] => {
  const names = new Set(bindings.map(({ name }) => name))
  return bindings.map(({ peak, ...binding }) =>
    peak === undefined || !names.has(peak) ? binding : { ...binding, peak },
  )
}

/** The text of a compute shader. Workgroups are numbered over x and y, since one axis holds 65,535 at most. */
export const shaderText = ({
  directives = [],
  bindings: given,
  textures = [],
  params,
  functions,
  code,
  workgroupSize,
  main,
}: ShaderParts): string => {
  const bindings = withHeldPeaks(given)
  const peaks = keepPeaks(bindings)
  const slots = bindingSlots(bindings)
  const paramSlot = bindings.reduce((sum, { windows }) => sum + windows, 0)
  const body = [...functions, code].join("\n")
  const textureSlot = paramSlot + (params.length === 0 ? 0 : 1)
  return [
    ...peakDirectives(bindings, directives),
    ...directives,
    ...bindings.flatMap((binding, i) => declareWindows(binding, slots[i]!)),
    ...declareParams(params, paramSlot),
    ...textures.map(
      ({ name, packed }, i) =>
        `@group(0) @binding(${textureSlot + i}) var ${name}: texture_storage_2d<${textureFormat(packed)}, read>;`,
    ),
    ...(/\b(?:infinity|nan_value)\(\)/.test(body) ? [specialValues] : []),
    ...(bindings.some(({ dtype, access }) => dtype === "f16" && access !== "read") ? [packHalves] : []),
    ...peakDeclarations(bindings),
    ...bindings.flatMap(accessFunctions),
    body,
    // What invocations have stored is told after their work, from wherever in it they return.
    ...(peaks.length === 0 ? [] : ["fn work(group: u32, lane: u32) {", main, "}"]),
    `@compute @workgroup_size(${workgroupSize})`,
    "fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {",
    "let group = group_id.x + group_id.y * groups.x;",
    ...(peaks.length === 0 ? [main] : ["work(group, lane);", ...peaks]),
    "}",
    "",
  ].join("\n")
}
