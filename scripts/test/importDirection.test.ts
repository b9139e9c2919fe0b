import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, expect, it } from "vitest"
import { diskCallsGone, importViolations, unusedDependencies } from "../repository/importRules.ts"
import { missingExports, readPackages } from "../repository/packageGraph.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Reading and parsing every file takes seconds: once. */
const packages = readPackages(root)

it("imports of every package point towards tensor, through declared exports, without cycles", () => {
  expect(packages.map(({ folder }) => folder)).toEqual(["autograd", "cli", "diva", "models", "tensor"])
  expect(importViolations(packages)).toEqual([])
})

it("files that may call the disk do so", () => {
  expect(diskCallsGone(packages)).toEqual([])
})

it("every declared dependency is imported", () => {
  expect(unusedDependencies(packages)).toEqual([])
})

it("reports a dependency that nothing imports", () => {
  const folder = fixture({
    "packages/models/src/clip.ts": 'import { a } from "@diva/tensor"\nimport "fp-ts/lib/Either.js"',
  })
  expect(unusedDependencies(readPackages(folder))).toEqual([
    "packages/autograd/package.json: nothing in src imports @diva/tensor",
    "packages/models/package.json: nothing in src imports @diva/autograd",
  ])
})

it("every declared export names a file", () => {
  expect(missingExports(root, packages)).toEqual([])
})

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })))

/** A repository of two packages, `models` depending on `tensor`, with the given source files. */
const fixture = (files: Readonly<Record<string, string>>) => {
  const folder = mkdtempSync(join(tmpdir(), "diva-imports-"))
  folders.push(folder)
  const all = { ...manifests, "packages/tensor/src/index.ts": "export const a = 1", ...files }
  Object.entries(all).forEach(([path, text]) => write(join(folder, path), text))
  return folder
}

const write = (path: string, text: string) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const exports = { ".": "./src/index.ts", "./device": "./src/device/index.ts", "./internal/*": null }
const manifests = {
  "packages/tensor/package.json": JSON.stringify({ name: "@diva/tensor", exports }),
  "packages/autograd/package.json": JSON.stringify({ name: "@diva/autograd", dependencies: { "@diva/tensor": "1" } }),
  "packages/models/package.json": JSON.stringify({
    name: "@diva/models",
    dependencies: { "@diva/tensor": "1", "@diva/autograd": "1", "fp-ts": "2" },
  }),
}

const violations = (files: Readonly<Record<string, string>>) => importViolations(readPackages(fixture(files)))

it("accepts declared exports, declared dependencies, built-ins and files of the same package", () => {
  const clip = `import { a } from "@diva/tensor"
    import type { Gpu } from "@diva/tensor/device"
    import * as E from "fp-ts/lib/Either.js"
    import { join } from "node:path"
    import { b } from "./vit.ts"`
  expect(
    violations({ "packages/models/src/clip.ts": clip, "packages/models/src/vit.ts": "export const b = 2" }),
  ).toEqual([])
})

const bad: readonly (readonly [string, string, string, string])[] = [
  ["an upward edge", "tensor", 'import { x } from "@diva/models"', "tensor may not use models"],
  ["a sideways edge", "models", 'import { x } from "@diva/autograd"', "models may not use autograd"],
  ["an upward type import", "tensor", 'import type { X } from "@diva/models"', "tensor may not use models"],
  ["an upward inline type", "tensor", 'export type X = import("@diva/models").X', "tensor may not use models"],
  ["an upward dynamic import", "tensor", 'export const x = () => import("@diva/models")', "tensor may not use models"],
  ["an upward re-export", "tensor", 'export * from "@diva/models"', "tensor may not use models"],
  ["a computed import", "models", "export const x = (p: string) => import(p)", "computed path"],
  ["a closed subpath", "models", 'import { x } from "@diva/tensor/internal/pool"', "does not export"],
  ["a deep import by name", "models", 'import { x } from "@diva/tensor/src/graph.ts"', "does not export"],
  ["a deep import by path", "models", 'import { x } from "../../tensor/src/index.ts"', "outside its package's src"],
  ["a call of the disk", "models", 'import { readFile } from "node:fs/promises"', "Effect's FileSystem"],
  ["a call of the disk by its short name", "models", 'import * as fs from "fs"', "Effect's FileSystem"],
  ["an undeclared dependency", "models", 'import { x } from "effect"', "does not list under dependencies"],
]

it.each(bad)("rejects %s", (_what, folder, text, why) => {
  const found = violations({ [`packages/${folder}/src/bad.ts`]: `// first line\n${text}\n` })
  expect(found).toHaveLength(1)
  expect(found[0]).toContain(`packages/${folder}/src/bad.ts:2: `)
  expect(found[0]).toContain(why)
})

it("rejects a module that is exported twice", () => {
  const text = 'export * from "./b.ts"\nexport type { C } from "./c.ts"\nexport * from "./b.ts"'
  const files = { "b.ts": "export const b = 1", "c.ts": "export type C = 1", "a.ts": text }
  const inSource = Object.fromEntries(
    Object.entries(files).map(([name, code]) => [`packages/models/src/${name}`, code]),
  )
  expect(violations(inSource)).toEqual(["packages/models/src/a.ts:3: exports from ./b.ts a second time"])
})

it("ignores imports inside comments and strings", () => {
  const text = '/* import "@diva/models" */ export const wgsl = `import { x } from "@diva/models"`'
  expect(violations({ "packages/tensor/src/text.ts": text })).toEqual([])
})

it.each(["utils.ts", "helpers/a.ts", "Common.ts", "misc/a.ts", "core.test.ts", "deep/types.ts"])(
  "rejects the name %s",
  (name) => {
    expect(violations({ [`packages/tensor/src/${name}`]: "export {}" })[0]).toContain("does not say what it holds")
  },
)

it("rejects files that load each other in a circle and names the way round", () => {
  const files = {
    "packages/tensor/src/a.ts": 'import "./b.ts"',
    "packages/tensor/src/b.ts": 'import "./c.ts"',
    "packages/tensor/src/c.ts": 'import { a } from "./a.ts"',
  }
  const way = ["a", "b", "c", "a"].map((name) => `packages/tensor/src/${name}.ts`).join(" → ")
  expect(violations(files)).toEqual([`packages/tensor/src/a.ts: import cycle ${way}`])
})

it("rejects files that need each other, if only for a type, save those whose types define each other", () => {
  const circleIn = (folder: string, first: string, second: string) => ({
    [`packages/${folder}/${first}.ts`]: `import type { B } from "./${second}.ts"`,
    [`packages/${folder}/${second}.ts`]: `import type { A } from "./${first}.ts"`,
  })
  const way = ["rule", "rules", "rule"].map((name) => `packages/tensor/src/op/${name}.ts`).join(" → ")
  expect(violations(circleIn("tensor/src/op", "rule", "rules"))).toEqual([
    `packages/tensor/src/op/rule.ts: import cycle ${way}`,
  ])
  expect(violations(circleIn("tensor/src/kernels/dispatch", "group", "kernel"))).toEqual([])
})

it("rejects folders of diva that need each other, if only for a type", () => {
  const files = {
    "packages/diva/package.json": JSON.stringify({ name: "@diva/diva", dependencies: {} }),
    "packages/diva/src/index.ts": 'export * from "./run/a.ts"\nexport * from "./train/b.ts"',
    "packages/diva/src/run/a.ts": 'import type { B } from "../train/b.ts"',
    "packages/diva/src/train/b.ts": 'import { c } from "../run/deep/c.ts"',
    "packages/diva/src/run/deep/c.ts": "export const c = 1",
  }
  expect(violations(files)).toEqual(["packages/diva/src: folders import each other: run → train → run"])
})

it("rejects folders of tensor that load each other, and lets their types name each other", () => {
  const back = (statement: string) => ({
    "packages/tensor/src/graph/a.ts": statement,
    "packages/tensor/src/op/b.ts": 'import { a } from "../graph/a.ts"',
    "packages/tensor/src/op/c.ts": "export const c = 1",
  })
  expect(violations(back('import type { C } from "../op/c.ts"'))).toEqual([])
  expect(violations(back('import { c } from "../op/c.ts"'))).toEqual([
    "packages/tensor/src: folders import each other: graph → op → graph",
  ])
})

it("lets types and adjoint ops name each other", () => {
  const files = {
    "packages/tensor/src/op/op.ts": 'import type { Tensor } from "../graph/tensor.ts"',
    "packages/tensor/src/graph/tensor.ts": 'import type { Op } from "../op/op.ts"',
    "packages/tensor/src/ops/sum.ts": 'import { expand } from "./expand.ts"',
    "packages/tensor/src/ops/expand.ts": 'import { sum } from "./sum.ts"',
  }
  expect(violations(files)).toEqual([])
})

it("reports an export whose file is missing", () => {
  const folder = fixture({})
  expect(missingExports(folder, readPackages(folder))).toEqual([
    'packages/tensor: "./device" names ./src/device/index.ts, which does not exist',
  ])
})
