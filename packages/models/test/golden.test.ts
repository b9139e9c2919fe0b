import { input, interpret, mapTree, type HostArray } from "@diva/tensor"
import { describe, expect, test } from "vitest"
import { shapesOf } from "../src/index.ts"
import { checkNames } from "../src/weights/index.ts"
import { expectClose } from "./support/difference.ts"
import { readCase, right, type Arrays, type GoldenCase } from "./support/goldenCase.ts"
import { expectedOf, goldenPrograms } from "./support/goldenPrograms.ts"

const isArray = (value: unknown): value is HostArray => typeof value === "object" && value !== null && "data" in value

const inHalves = ({ shape, data }: HostArray): HostArray => ({ shape, dtype: "f16", data: new Float16Array(data) })

const given = ({ weights, inputs }: GoldenCase): ReadonlyMap<string, HostArray> => {
  const prefixed = (prefix: string, arrays: Arrays) =>
    Object.entries(arrays).map(([name, array]) => [`${prefix}.${name}`, array] as const)
  return new Map([...prefixed("params", weights), ...prefixed("inputs", inputs)])
}

describe.each(Object.keys(goldenPrograms))("%s", (folder) => {
  test("the checkpoint's names and shapes are exactly those the model declares", async () => {
    const { config, weights } = await readCase(folder)
    const { parameters } = goldenPrograms[folder]!(config)
    const entries = new Map(Object.entries(weights))
    expect(right(checkNames(shapesOf(parameters), { file: folder, entries }))).toHaveLength(entries.size)
  })

  test("outputs and intermediate activations agree with the reference", async () => {
    const stored = await readCase(folder)
    const arrays = { params: stored.weights, inputs: stored.inputs }
    const { params, inputs } = mapTree(arrays, isArray, ({ shape, dtype }, path) => input({ shape, dtype }, path))
    const outputs = expectedOf(stored, goldenPrograms[folder]!(stored.config).describe(params, inputs), inputs)
    expectClose(interpret(outputs, given(stored)), stored.expected, stored.tolerance)
  })

  test("weights may be stored in f16, which these are exactly, without a change in any output", async () => {
    const stored = await readCase(folder)
    const halves = { ...stored, weights: mapTree(stored.weights, isArray, inHalves) }
    const arrays = { params: halves.weights, inputs: stored.inputs }
    const { params, inputs } = mapTree(arrays, isArray, ({ shape, dtype }, path) => input({ shape, dtype }, path))
    const outputs = expectedOf(stored, goldenPrograms[folder]!(stored.config).describe(params, inputs), inputs)
    expectClose(interpret(outputs, given(halves)), stored.expected, stored.tolerance)
  })
})
