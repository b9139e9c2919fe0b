import { parseSync } from "vite"

/** One place where a file names another module. `specifier` is undefined for `import(expression)`. */
export type ModuleReference = {
  readonly specifier: string | undefined
  readonly line: number
  /** False for references that type stripping removes: they cannot run code. */
  readonly runs: boolean
  /** Whether the file passes on what it names. */
  readonly isExport: boolean
}

/** Every static, type and dynamic import and re-export of a TypeScript file, in order. */
export const moduleReferences = (file: string, text: string): readonly ModuleReference[] => {
  const { program, errors } = parseSync(file, text)
  const [error] = errors
  if (error !== undefined) throw new SyntaxError(`${file}: ${error.message}`)
  return childrenOf(program).flatMap((node) => referenceOf(node, text))
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string; readonly start: number }

const referenceOf = (node: Node, text: string): readonly ModuleReference[] => {
  const source = sourceOf(node)
  return source === undefined
    ? []
    : [
        {
          specifier: literalOf(source),
          line: lineAt(text, node.start),
          runs: runsCode(node),
          isExport: node.type.startsWith("Export"),
        },
      ]
}

const naming = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
])

const sourceOf = (node: Node): Node | undefined => {
  if (!naming.has(node.type)) return undefined
  return [node["source"], node["argument"]].find(isNode)
}

/** `import(\`./a.ts\`)` without substitutions is as readable as a string. */
const literalOf = (source: Node): string | undefined => {
  if (source.type === "TSLiteralType" && isNode(source["literal"])) return literalOf(source["literal"])
  if (typeof source["value"] === "string") return source["value"]
  const quasis = source["quasis"]
  const [only] = Array.isArray(quasis) && quasis.length === 1 ? quasis : []
  const value: unknown = isNode(only) ? only["value"] : undefined
  return hasCooked(value) ? value.cooked : undefined
}

const hasCooked = (value: unknown): value is { readonly cooked: string } =>
  typeof value === "object" && value !== null && "cooked" in value && typeof value.cooked === "string"

/** Under verbatimModuleSyntax only the whole-statement form is erased: `import { type A }` still loads the module. */
const runsCode = (node: Node): boolean =>
  node.type !== "TSImportType" && node["importKind"] !== "type" && node["exportKind"] !== "type"

const descendants = (node: Node): readonly Node[] => [node, ...Object.values(node).flatMap(childrenOf)]

const childrenOf = (value: unknown): readonly Node[] => {
  if (Array.isArray(value)) return value.flatMap(childrenOf)
  return isNode(value) ? descendants(value) : []
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length
