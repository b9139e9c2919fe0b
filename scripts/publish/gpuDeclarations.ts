import { globSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"

/** What has no object of its name at run time, and so must be written out. */
const shapes: Readonly<Record<string, string>> = {
  GPUBufferBinding: "{ buffer: GPUBuffer; offset?: number; size?: number }",
  GPUPowerPreference: '"low-power" | "high-performance"',
  GPURequestAdapterOptions: "{ powerPreference?: GPUPowerPreference; forceFallbackAdapter?: boolean }",
}

/** What declarations rely on of a type where the program does not have it; of all others nothing. */
const least: Readonly<Record<string, string>> = {
  GPUBuffer: "{ destroy: () => void }",
  GPUTexture: "{ destroy: () => void }",
}

const named = /\bGPU(?:[A-Z]\w*)?\b/g

const withoutComments = (declarations: string): string => declarations.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "")

/** WebGPU's types that a module's declarations name. */
export const gpuTypesIn = (declarations: string): readonly string[] =>
  [...new Set(withoutComments(declarations).match(named))].toSorted()

/** A type that is the global one where the program has it, from its compiler's own library or from `@webgpu/types`. */
const declared = (name: string): string =>
  shapes[name] === undefined
    ? `export type ${name} = typeof globalThis extends { ${name}: { prototype: infer Own } } ? Own : ${least[name] ?? "object"}\n`
    : `export type ${name} = ${shapes[name]}\n`

/** The declarations that `names` are imported from, with what those name in turn. */
export const gpuDeclarations = (names: readonly string[]): string => {
  const all = new Set(names)
  for (const name of all) for (const other of gpuTypesIn(shapes[name] ?? "")) all.add(other)
  return [...all].toSorted().map(declared).join("")
}

const moduleName = "webgpu"

/**
 * Lets the declarations in a folder of compiled modules name WebGPU's types without declaring globals: compilers of today bring these
 * types themselves, with which a second set of globals would clash, and those of yesterday lack them.
 */
export const ownGpuTypes = (folder: string): void => {
  const used = new Set<string>()
  for (const file of globSync("**/*.d.ts", { cwd: folder })) {
    const path = join(folder, file)
    const text = readFileSync(path, "utf8")
    const names = gpuTypesIn(text)
    if (names.length === 0) continue
    names.forEach((name) => used.add(name))
    const to = relative(dirname(path), join(folder, `${moduleName}.js`))
      .split(sep)
      .join("/")
    const from = to.startsWith(".") ? to : `./${to}`
    writeFileSync(path, `import type { ${names.join(", ")} } from "${from}";\n${text}`)
  }
  if (used.size > 0) writeFileSync(join(folder, `${moduleName}.d.ts`), gpuDeclarations([...used]))
}
