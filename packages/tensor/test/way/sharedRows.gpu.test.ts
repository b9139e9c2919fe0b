import { expect, it } from "vitest"
import {
  groupNorm,
  knownAdapters,
  modelFor,
  planOf,
  planningFor,
  softmax,
  type Shape,
  type Tensor,
} from "../../src/index.ts"
import { separateSteps } from "../plan/separateSteps.ts"
import { expectShared, rowAdapters, sharedRowCases } from "./sharedRowCases.ts"

it("rows of which subgroups share each are the interpreter's, bit for bit in every run", () =>
  expectShared(rowAdapters["with subgroups"], sharedRowCases["a group norm, channels in strips"], 2))

/** Ways of the kernels of rows of a program of one input, as planned for an adapter by its model. */
const waysOf = (adapter: "nvidia-h200" | "llvmpipe", shape: Shape, program: (x: Tensor) => Tensor) => {
  const facts = knownAdapters[adapter]
  const planning = planningFor(facts, { model: modelFor(facts, adapter) })
  const plan = planOf(({ x }: { readonly x: Tensor }) => program(x), { x: { shape, dtype: "f32" } }, planning)
  return separateSteps(plan.steps).map(({ choice }) => choice.way)
}

it("rows are shared where they are so few and long that an adapter would be idle, never on software adapters", () => {
  const norm = (x: Tensor): Tensor => groupNorm(x, { groups: 32 })
  expect(waysOf("nvidia-h200", [1, 128, 512, 512], norm)).toEqual(["parts", "parts"])
  expect(waysOf("nvidia-h200", [1, 320, 64, 64], norm)).toEqual(["workgroup"])
  expect(waysOf("nvidia-h200", [1, 4_000_000], softmax)).toEqual(["parts", "parts"])
  expect(waysOf("nvidia-h200", [4096, 4096], softmax)).toEqual(["walks"])
  expect(waysOf("llvmpipe", [1, 128, 512, 512], norm)).toEqual(["walks"])
})
