import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseSync, type ParseResult } from "vite"

/** What a module exports: name → its declarations, several where it is overloaded or both a value and a type. */
export type Exports = ReadonlyMap<string, readonly string[]>

type Statement = ParseResult["program"]["body"][number]
type NamedExport = Extract<Statement, { type: "ExportNamedDeclaration" }>
type Module = { readonly path: string; readonly text: string; readonly body: readonly Statement[] }

/** Every export of a declaration file, re-exports followed to where the name is declared. */
export const exportsOf = (path: string): Exports => {
  const module = readModule(path)
  return merged(module.body.flatMap((statement) => [...exportedBy(module, statement)]))
}

const readModule = (path: string): Module => {
  const text = readFileSync(path, "utf8")
  return { path, text, body: parseSync(path, text).program.body }
}

const exportedBy = (module: Module, statement: Statement): Iterable<readonly [string, readonly string[]]> => {
  if (statement.type === "ExportAllDeclaration") return exportAll(module, statement)
  if (statement.type === "ExportNamedDeclaration") return exportNamed(module, statement)
  if (statement.type === "ExportDefaultDeclaration") return [["default", [sliceOf(module, statement)]]]
  return []
}

const exportAll = (module: Module, statement: Extract<Statement, { type: "ExportAllDeclaration" }>) => {
  const target = declarationFile(module, statement.source.value)
  const name = statement.exported === null ? undefined : nameOf(statement.exported)
  if (target === undefined || name !== undefined)
    return [[name ?? statement.source.value, [sliceOf(module, statement)]]] as const
  return [...exportsOf(target)].filter(([each]) => each !== "default")
}

const exportNamed = (module: Module, statement: NamedExport): readonly (readonly [string, readonly string[]])[] =>
  statement.declaration !== null
    ? declaredNames(statement.declaration).map((name) => [name, [sliceOf(module, statement)]] as const)
    : statement.specifiers.map(({ local, exported }) => {
        const from = statement.source?.value ?? importSource(module, nameOf(local))
        return [nameOf(exported), declarationsOf(module, from, nameOf(local))] as const
      })

const declarationsOf = (module: Module, from: string | undefined, name: string): readonly string[] => {
  const target = from === undefined ? undefined : declarationFile(module, from)
  if (target !== undefined) return exportsOf(target).get(name) ?? []
  return from === undefined ? localDeclarations(module, name) : [`export { ${name} } from "${from}"`]
}

const localDeclarations = (module: Module, name: string): readonly string[] =>
  module.body
    .filter((statement) => declaredNames(statement).includes(name))
    .map((statement) => sliceOf(module, statement))

const importSource = (module: Module, name: string): string | undefined =>
  module.body
    .filter((statement) => statement.type === "ImportDeclaration")
    .find(({ specifiers }) => specifiers.some(({ local }) => local.name === name))?.source.value

const declaredNames = (declaration: { readonly type: string }): readonly string[] => {
  if ("declarations" in declaration && Array.isArray(declaration.declarations))
    return declaration.declarations.flatMap(({ id }: { id: { name?: string } }) => id.name ?? [])
  const id: unknown = "id" in declaration ? declaration.id : undefined
  return typeof id === "object" && id !== null && "name" in id && typeof id.name === "string" ? [id.name] : []
}

const nameOf = (name: { readonly name: string } | { readonly value: string }): string =>
  "name" in name ? name.name : name.value

const sliceOf = ({ text }: Module, { start, end }: { readonly start: number; readonly end: number }): string =>
  text.slice(start, end)

const declarationFile = (module: Module, specifier: string): string | undefined =>
  specifier.startsWith(".") ? join(dirname(module.path), specifier.replace(/\.[jt]s$/, ".d.ts")) : undefined

const merged = (entries: readonly (readonly [string, readonly string[]])[]): Exports =>
  entries.reduce(
    (all, [name, texts]) => all.set(name, [...new Set([...(all.get(name) ?? []), ...texts])]),
    new Map<string, readonly string[]>(),
  )
