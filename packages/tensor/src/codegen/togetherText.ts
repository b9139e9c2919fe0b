/** A shader's text in the pieces that `shaderText` writes it of. */
export interface ShaderPieces {
  readonly directives: readonly string[]
  /** Bound buffers in order: name, access and type. */
  readonly bindings: readonly { readonly name: string; readonly access: string; readonly type: string }[]
  readonly params: readonly string[]
  /** Declarations of the module without bindings, parameters and the entry point. */
  readonly body: string
  readonly workgroupSize: number
  /** Statements of the entry point, of `group` and `lane` alone. */
  readonly main: string
}

const bindingLine = /^@group\(0\) @binding\(\d+\) var<storage, (\w+)> (\w+): (.+);$/
const entryHead = /^@compute @workgroup_size\((\d+)\)\nfn main\(.*\) \{\nlet group = .*;\n/m

/** Takes a shader apart; null where it is none that `shaderText` wrote of buffers alone. */
export const piecesOf = (wgsl: string): ShaderPieces | null => {
  const entry = entryHead.exec(wgsl)
  const end = wgsl.lastIndexOf("}")
  if (entry === null || /texture_storage|^struct (?!Params\b)/m.test(wgsl)) return null
  const main = wgsl.slice(entry.index + entry[0].length, end)
  if (/\bgroup_id\b|\bgroups\b/.test(main)) return null
  const lines = wgsl.slice(0, entry.index).split("\n")
  const bindings = lines.flatMap((line) => {
    const found = bindingLine.exec(line)
    return found === null ? [] : [{ access: found[1]!, name: found[2]!, type: found[3]! }]
  })
  const fields = /^struct Params \{ (.*) \}$/m.exec(wgsl)?.[1] ?? ""
  const isDirective = (line: string): boolean => /^(?:enable|requires|diagnostic)\b/.test(line)
  return {
    directives: lines.filter(isDirective),
    bindings,
    params: fields === "" ? [] : fields.split(", ").map((field) => field.replace(": u32", "")),
    body: lines.filter((line) => !isDirective(line) && !/^@group|^struct Params/.test(line)).join("\n"),
    workgroupSize: Number(entry[1]),
    main,
  }
}

/** Names that a module declares, of functions, variables and constants. */
const declaredIn = (body: string): readonly string[] =>
  [...body.matchAll(/^(?:fn|const|override|alias|var<(?:private|workgroup)>|var) (\w+)/gm)].map(([, name]) => name!)

const workgroupVariable = /^var<workgroup> (\w+): (.+);$/gm

/** Whether invocations meet no others of their workgroup but those of their subgroup, so that it does not matter which they share one with. */
export const takesAnySize = ({ body, main }: ShaderPieces): boolean =>
  !/workgroup|Barrier|quad(?:Swap|Broadcast)/.test(`${body}\n${main}`)

const meetsSubgroups = ({ body, main }: ShaderPieces): boolean => /\bsubgroup[A-Z]/.test(`${body}\n${main}`)

/** Whether workgroups of another size can do a shader's work: its own ones lie in them one after another, subgroups whole. */
const isResizable = (pieces: ShaderPieces, workgroupSize: number, subgroupSize: number): boolean =>
  takesAnySize(pieces) &&
  (!meetsSubgroups(pieces) ||
    (subgroupSize > 0 && workgroupSize % subgroupSize === 0 && pieces.workgroupSize % subgroupSize === 0))

/** Whether workgroups of this size can do a shader's work; `subgroupSize` is 0 where it is not fixed. */
export const isHeldBy = (pieces: ShaderPieces, workgroupSize: number, subgroupSize: number): boolean =>
  pieces.workgroupSize === workgroupSize || isResizable(pieces, workgroupSize, subgroupSize)

/** Workgroups of this size that hold so many of a shader's own. */
export const workgroupsHolding = (pieces: ShaderPieces, workgroups: number, workgroupSize: number): number =>
  Math.ceil((workgroups * pieces.workgroupSize) / workgroupSize)

/** One shader among several in one launch: its buffers by their numbers there. */
export interface Share {
  readonly pieces: ShaderPieces
  /** For each of its bindings which of the launch it is. */
  readonly slots: readonly number[]
}

const renamed = (text: string, names: ReadonlyMap<string, string>): string =>
  names.size === 0 ? text : text.replace(/(?<![.\w])[A-Za-z_]\w*/g, (name) => names.get(name) ?? name)

/** A workgroup variable: what its elements are, and how many an array has. */
interface Held {
  readonly name: string
  readonly element: string
  /** Elements of an array; null of what is none. */
  readonly count: number | null
}

const arrayType = /^array<(.+), ?(\d+)u?>$/

/** Workgroup variables of a shader, the longest arrays first. */
const heldIn = (body: string): readonly Held[] =>
  [...body.matchAll(workgroupVariable)]
    .map(([, name, type]): Held => {
      const array = arrayType.exec(type!)
      return array === null
        ? { name: name!, element: type!, count: null }
        : { name: name!, element: array[1]!, count: Number(array[2]) }
    })
    .toSorted((a, b) => (b.count ?? 0) - (a.count ?? 0))

/** Variables that can be one memory have one key. */
const keyOf = ({ element, count }: Held): string => (count === null ? element : `array of ${element}`)

const typeOf = (key: string, count: number): string =>
  key.startsWith("array of ") ? `array<${key.slice("array of ".length)}, ${count}>` : key

/** Elements of each variable of a kind, the most that any of these shaders asks for. */
type Pool = Map<string, number[]>

/** Adds what a shader holds to the pool, and says which of it each of its variables is. */
const pooled = (pool: Pool, held: readonly Held[]): readonly (readonly [held: Held, place: number])[] => {
  const taken = new Map<string, number>()
  return held.map((each) => {
    const key = keyOf(each)
    const place = taken.get(key) ?? 0
    const counts = pool.get(key) ?? []
    counts[place] = Math.max(counts[place] ?? 0, each.count ?? 1)
    pool.set(key, counts)
    taken.set(key, place + 1)
    return [each, place] as const
  })
}

/** Workgroup variables of one kind are one memory to all shares, since a workgroup computes one share alone: arrays as long as the longest. */
export const sharedMemory = () => {
  const pool: Pool = new Map()
  const kinds: string[] = []
  const nameOf = (key: string, place: number): string => {
    if (!kinds.includes(key)) kinds.push(key)
    return `memory_${kinds.indexOf(key)}_${place}`
  }
  const namesFor = (body: string): ReadonlyMap<string, string> =>
    new Map(pooled(pool, heldIn(body)).map(([held, place]) => [held.name, nameOf(keyOf(held), place)]))
  const declarations = (): readonly string[] =>
    [...pool].flatMap(([key, counts]) =>
      counts.map((count, place) => `var<workgroup> ${nameOf(key, place)}: ${typeOf(key, count)};`),
    )
  return { namesFor, declarations }
}

/** A share's declarations, its entry point as a function among them, and names of its parameters. */
interface Written {
  readonly body: string
  readonly params: readonly string[]
}

export const shareText = (
  { pieces, slots }: Share,
  suffix: string,
  memory: ReturnType<typeof sharedMemory>,
): Written => {
  const held = memory.namesFor(pieces.body)
  const names = new Map([
    ...declaredIn(pieces.body).map((name) => [name, `${name}_${suffix}`] as const),
    ...pieces.bindings.map(({ name }, i) => [name, `b${slots[i]!}`] as const),
    ...held,
  ])
  const text = `${pieces.body.replace(workgroupVariable, "")}\nfn main_${suffix}(group: u32, lane: u32) {\n${pieces.main}}`
  const own = renamed(text, names).replace(/\bparams\.(\w+)/g, `params.${suffix}_$1`)
  return { body: own.replace(/\n{2,}/g, "\n"), params: pieces.params.map((name) => `${suffix}_${name}`) }
}

const callText = ({ pieces }: Share, at: number, workgroupSize: number): string => {
  const group = at === 0 ? "group" : `(group - params.end${at - 1})`
  const own = pieces.workgroupSize
  if (own === workgroupSize) return `main_s${at}(${group}, lane);`
  return `let at = ${group} * ${workgroupSize}u + lane; main_s${at}(at / ${own}u, at % ${own}u);`
}

const uniformityOff = "diagnostic(off, subgroup_uniformity);"

/** Compilers do not see that invocations of a subgroup lie in one workgroup of a shader's own. */
const directivesOf = (shares: readonly Share[], workgroupSize: number): readonly string[] => {
  const isMoved = shares.some(({ pieces }) => pieces.workgroupSize !== workgroupSize && meetsSubgroups(pieces))
  const own = new Set(shares.flatMap(({ pieces }) => pieces.directives))
  return [...own, ...(isMoved && !own.has(uniformityOff) ? [uniformityOff] : [])]
}

/** What a launch of several shaders binds, in order. */
export type LaunchBindings = readonly { readonly access: string; readonly type: string }[]

/** The shader of a launch around what its entry point does; `params` and `bodies` are those of its shares. */
export const launchText = (
  directives: Iterable<string>,
  bindings: LaunchBindings,
  params: readonly string[],
  bodies: readonly string[],
  workgroupSize: number,
  main: readonly string[],
): string =>
  [
    ...directives,
    ...bindings.map(({ access, type }, at) => `@group(0) @binding(${at}) var<storage, ${access}> b${at}: ${type};`),
    `struct Params { ${params.map((name) => `${name}: u32`).join(", ")} }`,
    `@group(0) @binding(${bindings.length}) var<uniform> params: Params;`,
    ...bodies,
    `@compute @workgroup_size(${workgroupSize})`,
    "fn main(@builtin(workgroup_id) group_id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {",
    "let group = group_id.x + group_id.y * groups.x;",
    ...main,
    "}",
    "",
  ].join("\n")

/**
 * One shader that computes what several would, each by workgroups of its own. Its first parameters are the numbers of the
 * workgroups where all shares but the last end; those of the shares follow in order.
 */
export const togetherText = (shares: readonly Share[], bindings: LaunchBindings, workgroupSize: number): string => {
  const memory = sharedMemory()
  const written = shares.map((share, at) => shareText(share, `s${at}`, memory))
  const ends = shares.slice(1).map((_, at) => `end${at}`)
  const params = [...ends, ...written.flatMap((each) => each.params)]
  const branches = shares.map((share, at) => {
    const call = callText(share, at, workgroupSize)
    return at === shares.length - 1 ? `{ ${call} }` : `if (group < params.end${at}) { ${call} } else `
  })
  const bodies = [...memory.declarations(), ...written.map(({ body }) => body)]
  return launchText(directivesOf(shares, workgroupSize), bindings, params, bodies, workgroupSize, [branches.join("")])
}

const componentBytes = (type: string): number => (type.includes("f16") ? 2 : 4)

/** Bytes of a type: tiles are arrays of arrays of vectors. */
const bytesOf = (type: string): number => {
  const array = arrayType.exec(type)
  if (array !== null) return Number(array[2]) * bytesOf(array[1]!)
  const vector = /^vec([234])/.exec(type)?.[1]
  return (vector === undefined ? 1 : vector === "2" ? 2 : 4) * componentBytes(type)
}

/** Bytes of the workgroup memory that shaders take together in one launch. */
export const memoryBytes = (shaders: readonly ShaderPieces[]): number => {
  const pool: Pool = new Map()
  for (const { body } of shaders) pooled(pool, heldIn(body))
  return [...pool].reduce(
    (sum, [key, counts]) =>
      sum + bytesOf(key.replace("array of ", "")) * counts.reduce((elements, count) => elements + count, 0),
    0,
  )
}
