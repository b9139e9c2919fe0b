// Writes docs/ops.md from the op values and from the comments of the functions made of them: node packages/tensor/docs/ops.ts
import { readFileSync, readdirSync, writeFileSync } from "node:fs"
import type { Attributes, Example, Op } from "../src/op/op.ts"
import * as publicOps from "../src/ops/index.ts"
import { ops } from "../src/ops/registry.ts"
import { numbersSection } from "./numbers.ts"

const folder = new URL("../src/ops/", import.meta.url)

const showNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))

const showArray = ({ shape, values }: Example<Attributes>["inputs"][number]): string => {
  const numbers = `[${values.map(showNumber).join(", ")}]`
  return shape.length === 1 ? numbers : `${numbers} of [${shape.join(", ")}]`
}

const showAttribute = ([name, value]: readonly [string, unknown]): string =>
  `${name} ${typeof value === "object" ? JSON.stringify(value, listed) : String(value)}`

const listed = (_name: string, value: unknown): unknown => (value instanceof Float32Array ? [...value] : value)

const isPlain = ([, value]: readonly [string, unknown]): boolean => typeof value !== "function"

const showExample = ({ inputs, attributes = {}, output }: Example<Attributes>): string => {
  const plain = Object.entries(attributes).filter(isPlain).map(showAttribute)
  const given = [...inputs.map(showArray), ...plain].join("; ")
  return `${given} → ${showArray(output)}`
}

const showRule = ({ vjp, except, lowering }: Op): string =>
  lowering.kind === "source"
    ? "has no inputs"
    : typeof vjp === "function"
      ? (except?.gradient ?? "yes")
      : `no: ${vjp.none}`

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

const primitiveRow = (op: Op): string =>
  `| \`${op.name}\` | ${cell(op.doc)} | ${cell(op.shows.slice(0, 1).map(showExample).join(""))} | ${cell(showRule(op))} |`

const takesNothing = ({ lowering, samples }: Op): boolean =>
  lowering.kind === "source" || samples.every(({ inputs }) => inputs.length === 0)

/** What of its generated tests an op leaves out, and why. */
const exceptionsOf = (op: Op): readonly string[] => {
  const { name, vjp, except } = op
  if (takesNothing(op)) return [`| \`${name}\` | derivatives, \`vmap\` | has no inputs |`]
  const slopes = typeof vjp === "function" ? except?.gradient : vjp.none
  const others = [
    ["second derivative", except?.gradient === undefined ? except?.secondGradient : undefined],
    ["f16 storage", except?.f16],
    ["adapter", except?.gpu],
  ] as const
  return [["derivatives (`vjp`, `jvp`)", slopes] as const, ...others].flatMap(([law, reason]) =>
    reason === undefined ? [] : [`| \`${name}\` | ${law} | ${cell(reason)} |`],
  )
}

/** Generated tests, and the ops that they leave out. */
const testsSection = (): readonly string[] => [
  "## What the generated tests leave out",
  "",
  "Each op is computed on its samples and examples by the reference and by the adapter. Reverse mode (`vjp`) is compared with a finite",
  "difference, and again for the second derivative; forward mode (`jvp`) with both; `vmap` with the op of each example, whichever",
  "operands are mapped: by the reference, and on the adapter (`packages/autograd/test/ops.gpu.test.ts`; every sample and choice of",
  "operands in `ops.long.test.ts`). Exceptions stand in the values, each with its reason:",
  "",
  "| op | leaves out | because |",
  "|---|---|---|",
  ...ops.toSorted((a, b) => a.name.localeCompare(b.name)).flatMap(exceptionsOf),
  "",
]

const documented = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:const|function) (\w+)/g

const commentText = (comment: string): string =>
  comment
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trim())
    .join(" ")
    .trim()

/** The comment of each exported function of the ops folder, by its name. */
const comments = (): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .flatMap((name) =>
        [...readFileSync(new URL(name, folder), "utf8").matchAll(documented)].map(
          ([, comment, exported]) => [exported!, commentText(comment!)] as const,
        ),
      ),
  )

const functionRows = (): readonly string[] => {
  const primitives = new Set(ops.map(({ name }) => name))
  const texts = comments()
  return Object.keys(publicOps)
    .filter((name) => !primitives.has(name))
    .toSorted((a, b) => a.localeCompare(b))
    .map((name) => `| \`${name}\` | ${cell(texts.get(name) ?? "")} |`)
}

/** The page of all ops, as markdown. */
export const opsPage = (): string =>
  [
    "# Ops",
    "",
    "Every op is one value in one file of `packages/tensor/src/ops`. This page is generated from those values, by",
    "`node packages/tensor/docs/ops.ts`; the tests check each example on the CPU reference and on the device.",
    "",
    ...numbersSection,
    "",
    `## Primitives (${ops.length})`,
    "",
    "| op | computes | example | gradient |",
    "|---|---|---|---|",
    ...ops.toSorted((a, b) => a.name.localeCompare(b.name)).map(primitiveRow),
    "",
    ...testsSection(),
    "## Functions made of them",
    "",
    "These build graph out of primitives, so they fuse, differentiate and run without code of their own.",
    "",
    "| function | computes |",
    "|---|---|",
    ...functionRows(),
    "",
  ].join("\n")

if (import.meta.main) writeFileSync(new URL("../../../docs/ops.md", import.meta.url), opsPage())
