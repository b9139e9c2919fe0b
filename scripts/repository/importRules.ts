import { isBuiltin } from "node:module"
import { posix } from "node:path"
import type { ModuleReference } from "./moduleReferences.ts"
import type { Package, SourceFile } from "./packageGraph.ts"

/** What each package may import, besides itself: dependencies point one way, towards `tensor`. */
export const allowed: Readonly<Record<string, readonly string[]>> = {
  tensor: [],
  autograd: ["tensor"],
  models: ["tensor"],
  diva: ["tensor", "autograd", "models"],
  cli: ["tensor", "autograd", "models", "diva"],
}

/**
 * Packages whose folders depend on each other in one direction: in all they name, or in what they load. An op's type names the graph
 * whose nodes name their op, so that `tensor` is in layers as far as it runs.
 */
const layered: ReadonlyMap<string, "named" | "loaded"> = new Map([
  ["tensor", "loaded"],
  ["autograd", "named"],
  ["models", "named"],
  ["diva", "named"],
  ["cli", "loaded"],
])

/**
 * Files whose types define each other, for the same reason: a tensor names its op, an op may bring ways of computing it, a way writes
 * kernels for a group of tensors. They may name each other's types in a circle; nowhere may files load each other in one.
 */
const definingEachOther: ReadonlySet<string> = new Set([
  "packages/tensor/src/graph/tensor.ts",
  "packages/tensor/src/kernels/dispatch/group.ts",
  "packages/tensor/src/kernels/dispatch/kernel.ts",
  "packages/tensor/src/kernels/rows/rowProgram.ts",
  "packages/tensor/src/kernels/way/way.ts",
  "packages/tensor/src/op/op.ts",
])

/** Names that say nothing about what a file is. */
const vague = new Set(["utils", "helpers", "common", "misc", "core", "types"])

/**
 * Files that call the disk themselves, in packages whose files are otherwise those of Effect's `FileSystem`; why, stands in
 * docs/decisions.md.
 */
export const callingTheDisk: ReadonlySet<string> = new Set([
  "packages/diva/src/run/installedVersion.ts",
  "packages/models/src/tokens/clipVocabulary.ts",
  "packages/models/src/tokens/diffusionTokenizer.ts",
  "packages/models/src/tokens/siglipTokenizer.ts",
  "packages/models/src/weights/atomicFile.ts",
  "packages/models/src/weights/byteSource.ts",
  "packages/models/src/weights/diffusers.ts",
  "packages/models/src/weights/findWeights.ts",
  "packages/models/src/weights/openWeights.ts",
])

const storing: ReadonlySet<string> = new Set(["models", "diva", "cli"])

/** Every broken rule, one line each, as `path:line: why`. */
export const importViolations = (packages: readonly Package[]): readonly string[] => [
  ...packages.flatMap((from) => from.files.flatMap((file) => fileViolations(packages, from, file))),
  ...packages.flatMap(({ files }) => files.flatMap(({ path }) => nameViolations(path))),
  ...packages.flatMap(({ files }) => files.flatMap(repeatedExports)),
  ...packages.flatMap(cycleViolations),
  ...packages.flatMap(folderViolations),
]

/** Dependencies that serve without an import: global types, and Node's layers of the services that programs are given. */
const unimported = new Set(["@webgpu/types", "@effect/platform-node"])

/** Declared dependencies that no source file of the package imports: they are installed for nothing. */
export const unusedDependencies = (packages: readonly Package[]): readonly string[] =>
  packages.flatMap(({ folder, dependencies, files }) => {
    const imported = new Set(
      files.flatMap(({ references }) => references.map(({ specifier = "" }) => packageOf(specifier))),
    )
    return dependencies
      .filter((dependency) => !imported.has(dependency) && !unimported.has(dependency))
      .map((dependency) => `packages/${folder}/package.json: nothing in src imports ${dependency}`)
  })

/** Exports of a module that the file exports from already, in a line above. */
const repeatedExports = ({ path, references }: SourceFile): readonly string[] => {
  const exported = references.filter(({ isExport }) => isExport)
  return exported
    .filter(({ specifier }, i) => exported.findIndex((other) => other.specifier === specifier) < i)
    .map(({ specifier, line }) => `${path}:${line}: exports from ${specifier} a second time`)
}

const fileViolations = (packages: readonly Package[], from: Package, file: SourceFile): readonly string[] =>
  file.references.flatMap((reference) => {
    const why = referenceProblem(packages, from, file.path, reference)
    return why === undefined ? [] : [`${file.path}:${reference.line}: ${why}`]
  })

const referenceProblem = (
  packages: readonly Package[],
  from: Package,
  path: string,
  { specifier }: ModuleReference,
): string | undefined => {
  if (specifier === undefined) return "imports a computed path, which cannot be checked"
  if (specifier.startsWith(".")) return relativeProblem(from, path, specifier)
  if (isBuiltin(specifier)) return diskProblem(from, path, specifier)
  const to = packages.find(({ name }) => name === packageOf(specifier))
  return to === undefined ? externalProblem(from, specifier) : workspaceProblem(from, to, specifier)
}

const relativeProblem = (from: Package, path: string, specifier: string): string | undefined => {
  const target = posix.join(posix.dirname(path), specifier)
  return target.startsWith(`packages/${from.folder}/src/`)
    ? undefined
    : `imports ${specifier}, outside its package's src: import a package by its name`
}

const isDisk = (specifier = ""): boolean => /^(node:)?fs(\/promises)?$/.test(specifier)

const diskProblem = (from: Package, path: string, specifier: string): string | undefined =>
  storing.has(from.folder) && isDisk(specifier) && !callingTheDisk.has(path)
    ? `imports ${specifier}: ${from.folder} keeps files in Effect's FileSystem`
    : undefined

/** Files that may call the disk and do not, or are gone. */
export const diskCallsGone = (packages: readonly Package[]): readonly string[] => {
  const calling = new Set(
    packages
      .flatMap(({ files }) => files)
      .filter(({ references }) => references.some(({ specifier }) => isDisk(specifier)))
      .map(({ path }) => path),
  )
  return [...callingTheDisk].filter((path) => !calling.has(path))
}

const externalProblem = (from: Package, specifier: string): string | undefined =>
  from.dependencies.includes(packageOf(specifier))
    ? undefined
    : `imports ${specifier}, which packages/${from.folder}/package.json does not list under dependencies`

const workspaceProblem = (from: Package, to: Package, specifier: string): string | undefined => {
  const subpath = `.${specifier.slice(to.name.length)}`
  if (!(allowed[from.folder] ?? []).includes(to.folder))
    return `imports ${specifier}: ${from.folder} may not use ${to.folder}`
  if (!from.dependencies.includes(to.name)) return externalProblem(from, specifier)
  return declares(to.exports, subpath) ? undefined : `imports ${specifier}, which ${to.name} does not export`
}

/** True when the longest matching entry of `exports` leads to a file. */
const declares = (exports: Package["exports"], subpath: string): boolean => {
  const [best] = Object.entries(exports)
    .filter(([pattern]) => matches(pattern, subpath))
    .toSorted(([a], [b]) => b.length - a.length)
  return best !== undefined && best[1] !== null
}

const matches = (pattern: string, subpath: string): boolean => {
  const [head = "", rest] = pattern.split("*")
  return rest === undefined ? pattern === subpath : subpath.startsWith(head) && subpath.endsWith(rest)
}

const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

const nameViolations = (path: string): readonly string[] =>
  path
    .split("/")
    .slice(3)
    .map((part) => part.replace(/\..*$/, ""))
    .filter((part) => vague.has(part.toLowerCase()))
    .map((part) => `${path}: "${part}" does not say what it holds`)

/**
 * Files of a package that need each other in a circle, if only for a type. Adjoint ops are the one exception: `sum` and `expand` are each
 * other's gradient, so the files of one `ops` folder may name each other (inside `vjp`, which runs long after loading).
 */
const cycleViolations = ({ files }: Package): readonly string[] => {
  const edges = new Map(files.map((file) => [file.path, neededBy(file)]))
  const seen = new Set<string>()
  return files.flatMap(({ path }) => {
    const cycle = seen.has(path) ? undefined : shortestCycle(edges, path)
    cycle?.forEach((each) => seen.add(each))
    return cycle === undefined ? [] : [`${path}: import cycle ${[...cycle, path].join(" → ")}`]
  })
}

/** The folder of a package that a file stands in; files beside the entry count as one folder. */
const folderOf = (path: string): string => {
  const [, , , folder = "", ...rest] = path.split("/")
  return rest.length === 0 ? "src" : folder
}

/** Folders of a package that need each other in a circle. The package's entry, which names everything, is not part of any. */
const folderViolations = ({ folder: name, files }: Package): readonly string[] => {
  const counts = layered.get(name)
  if (counts === undefined) return []
  const edges = new Map<string, string[]>()
  for (const { path, references } of files) {
    if (path === `packages/${name}/src/index.ts`) continue
    const from = folderOf(path)
    const targets = references
      .filter(({ runs }) => runs || counts === "named")
      .flatMap(({ specifier }) =>
        specifier?.startsWith(".") ? [folderOf(posix.join(posix.dirname(path), specifier))] : [],
      )
    edges.set(from, [...(edges.get(from) ?? []), ...targets.filter((target) => target !== from)])
  }
  const seen = new Set<string>()
  return [...edges.keys()].flatMap((folder) => {
    const cycle = seen.has(folder) ? undefined : shortestCycle(edges, folder)
    cycle?.forEach((each) => seen.add(each))
    return cycle === undefined
      ? []
      : [`packages/${name}/src: folders import each other: ${[...cycle, folder].join(" → ")}`]
  })
}

const neededBy = ({ path, references }: SourceFile): readonly string[] =>
  references
    .flatMap(({ specifier, runs }) =>
      specifier?.startsWith(".") ? [{ runs, target: posix.join(posix.dirname(path), specifier) }] : [],
    )
    .filter(({ runs, target }) => runs || !(definingEachOther.has(path) && definingEachOther.has(target)))
    .map(({ target }) => target)
    .filter((target) => !adjointOps(path, target))

const adjointOps = (from: string, to: string): boolean =>
  posix.basename(posix.dirname(from)) === "ops" && posix.dirname(from) === posix.dirname(to)

const shortestCycle = (edges: ReadonlyMap<string, readonly string[]>, start: string): readonly string[] | undefined => {
  const cameFrom = new Map<string, string>()
  const queue = [start]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const target of edges.get(next) ?? []) {
      if (target === start) return trail(cameFrom, start, next)
      if (!cameFrom.has(target)) queue.push(target)
      if (!cameFrom.has(target)) cameFrom.set(target, next)
    }
  }
  return undefined
}

const trail = (cameFrom: ReadonlyMap<string, string>, start: string, last: string): readonly string[] =>
  last === start ? [start] : [...trail(cameFrom, start, cameFrom.get(last) ?? start), last]
