import { assert, describe, it } from "@effect/vitest"
import { input, leavesOf, mapTree, isTensor, reachable, type Spec, type Tensor } from "@diva/tensor"
import { microStepProgram, microStepSpecs, type PlannedConfig } from "../../src/train/plan/microProgram.ts"
import { roomyConfig } from "./tinyRun.ts"

const isSpec = (value: unknown): value is Spec =>
  typeof value === "object" && value !== null && "shape" in value && "dtype" in value

/** Precisions of all nodes of a micro-step that multiply. */
const precisionsOf = (config: PlannedConfig): ReadonlySet<unknown> => {
  const args = mapTree(microStepSpecs(config), isSpec, (spec, path) => input(spec, path))
  const sums = microStepProgram(config)(args as never)
  const outputs = leavesOf(sums, isTensor).map(({ leaf }) => leaf)
  const multiplies = ({ op }: Tensor): boolean => /^(contract|conv2d|attention)/.test(op.name)
  return new Set(
    reachable(outputs)
      .filter(multiplies)
      .map(({ attributes }) => attributes["precision"]),
  )
}

describe("a run's precision", () => {
  it("is that of every product of its micro-step, forward and backward", () => {
    assert.deepStrictEqual(precisionsOf({ ...roomyConfig, precision: "medium" }), new Set(["medium"]))
  })

  it("is the device's where a run says nothing: the highest, unless it was opened with another", () => {
    assert.deepStrictEqual(precisionsOf(roomyConfig), new Set([undefined]))
  })
})
