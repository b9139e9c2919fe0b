import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import * as publicOps from "../../src/ops/index.ts"
import { ops } from "../../src/ops/registry.ts"

const folder = fileURLToPath(new URL("../../src/ops/", import.meta.url))

const modules = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && name !== "index.ts" && name !== "registry.ts")
    .map((name) => name.slice(0, -3))

it("lists every op that a file of ops exports, once", async () => {
  const found: string[] = []
  for (const name of modules()) {
    const exported = (await import(`../../src/ops/${name}.ts`)) as Readonly<Record<string, unknown>>
    for (const [key, value] of Object.entries(exported))
      if (key.endsWith("Op") && typeof value === "object") found.push((value as { name: string }).name)
  }
  expect(ops.map(({ name }) => name).toSorted()).toEqual(found.toSorted())
  expect(new Set(found).size).toBe(found.length)
})

it("exports a public function under the name of each op that has one", () => {
  // Reached through another function: contract by matmul and linear, threefry by the random draws, peak by softmax, mergeOrder
  // by sort, the others by gradients.
  const inner = new Set([
    "contract",
    "threefry",
    "peak",
    "conv2dInput",
    "conv2dWeight",
    "attentionQueries",
    "attentionKeys",
    "mergeOrder",
  ])
  const missing = ops.map(({ name }) => name).filter((name) => !(name in publicOps) && !inner.has(name))
  expect(missing).toEqual([])
})

it("exports every function that a file is named for, but for those that other ops are made of", async () => {
  const hidden: string[] = []
  for (const name of modules()) {
    const exported = (await import(`../../src/ops/${name}.ts`)) as Readonly<Record<string, unknown>>
    if (typeof exported[name] === "function" && !(name in publicOps)) hidden.push(name)
  }
  expect(hidden.toSorted()).toEqual([
    "conv2dInput",
    "conv2dWeight",
    "mergeOrder",
    "normalise",
    "peak",
    "resizeWeights",
    "shareAmongTies",
    "shareGradient",
    "threefry",
  ])
})
