import { expect, it } from "vitest"
import { groupNorm, matmul, mul, reshape, type Choice, type Decision } from "../../src/index.ts"
import { openGuarded } from "../device/guardedDevice.ts"
import { ranAsGpu } from "../plan/ranAsGpu.ts"
import { factsWith } from "./matrixCases.ts"

const inParts = ({ candidates, others }: Decision): Choice => {
  const all = [...candidates, ...others]
  return (
    all.find(({ way, parts }) => way === "parts" && parts === 2) ??
    all.find(({ way, rows }) => way === "matrixHalf" && rows === 32) ??
    candidates[0]
  )
}

it("rows that are shared keep the magnitude of what they store, by which matrix units scale it", async () => {
  const guarded = await openGuarded({ planFor: factsWith("nvidia", { writesMatricesOut: true }), choose: inParts })
  const { plan } = await ranAsGpu(guarded, {
    shapes: { x: [2, 4, 32, 64], w: [64, 64] },
    results: ({ x, w }) => ({ y: matmul(reshape(mul(groupNorm(x, { groups: 2 }), 1e6), [256, 64]), w) }),
    precision: "medium",
    within: 2e-3,
  }).finally(() => guarded.close())
  const last = plan.steps.findLast(({ choice }) => choice.way === "parts")!
  expect(last.bindings.map(({ access }) => access)).toContain("peak")
})
