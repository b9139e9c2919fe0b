import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseAst } from "vite"
import { expect, it } from "vitest"

const source = fileURLToPath(new URL("../../src/", import.meta.url))

const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(source, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name))

const emitters = ["ops", "kernels", "elementary"].flatMap(filesIn)

interface Node {
  readonly type: string
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[]
  readonly quasi?: Node
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value

/** Templates without a tag, each with its holes as …. */
const plainTemplates = (node: Node): readonly string[] => {
  if (node.type === "TemplateLiteral") return [node.quasis!.map(({ value }) => value.raw).join("…"), ...below(node)]
  return node.type === "TaggedTemplateExpression" ? below(node.quasi!) : below(node)
}

const below = (node: Node): readonly string[] =>
  Object.values(node)
    .flatMap((value: unknown) => (Array.isArray(value) ? (value as readonly unknown[]) : [value]))
    .filter(isNode)
    .flatMap(plainTemplates)

const operator = String.raw`(?:[-+*/%&|^<>]|<<|>>|&&|\|\||[=!<>]=)`
const besideHole = new RegExp(`… ${operator} | ${operator} …|(?:^|[ (])[-!~]…`)

it("the check sees a hole beside an operator, and none beside other text", () => {
  for (const text of ["n - …", "(… + 1u)", "x = a * …;", "-…"]) expect(text).toMatch(besideHole)
  for (const text of ["load_…(…)", "… (packing …)", "…x… → …", "let …: … = …;"]) expect(text).not.toMatch(besideHole)
})

it("no emitter writes an operator beside a hole of a plain template", () => {
  const found = emitters.flatMap((file) =>
    plainTemplates(parseAst(readFileSync(join(source, file), "utf8"), { lang: "ts" }) as unknown as Node)
      .filter((text) => besideHole.test(text))
      .map((text) => `${file}: ${text}`),
  )
  expect(emitters.length).toBeGreaterThan(100)
  expect(found).toEqual([])
})

it("no op and no kernel takes the text out of an expression", () => {
  const found = emitters.filter((file) => /\.text\b(?!\()/.test(readFileSync(join(source, file), "utf8")))
  expect(found).toEqual([])
})
