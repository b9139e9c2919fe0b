import { expect, it } from "vitest"
import { planOf } from "../../src/device/programs/compile.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import * as t from "../../src/ops/index.ts"
import { adapters, planSeeds } from "./planning.ts"

it("random chains of views around kernels can be planned for every kind of adapter", () => {
  const { wrong, ran } = planSeeds(1, 8)
  expect(ran).toBeGreaterThan(300)
  expect(wrong).toEqual([])
})

it("a border around what a kernel gives no elements of needs no kernel of it", () => {
  const program = ({ x, i }: { readonly x: Tensor; readonly i: Tensor }) =>
    t.pad(t.scatterAdd(x, i, 3), { high: [0, 2], value: 2 })
  const specs = { x: { shape: [2, 0], dtype: "f32" }, i: { shape: [2], dtype: "i32" } } as const
  expect(planOf(program, specs, adapters[0]!).steps).toHaveLength(1)
})
