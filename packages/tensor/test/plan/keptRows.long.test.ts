import { expect, it } from "vitest"
import { add, layerNorm, matmul, type Choice, type Decision } from "../../src/index.ts"
import { openGuarded } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

const inParts =
  (parts: number) =>
  ({ candidates, others }: Decision): Choice => {
    const all = [...candidates, ...others]
    return all.find((choice) => choice.way === "split" && choice["rows"] === 32 && choice["parts"] === parts) ?? all[0]!
  }

it.each([4, 16, 32])("a norm adds sums in %d parts in its first walk", async (parts) => {
  const guarded = await openGuarded({
    planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false },
    choose: inParts(parts),
  })
  const { labels } = await ranAsGpu(guarded, {
    shapes: { x: [256, 4096], w: [4096, 160], residual: [256, 160] },
    results: ({ x, w, residual }) => ({ y: layerNorm(add(matmul(x, w), residual)) }),
    within: 1e-5,
  }).finally(() => guarded.close())
  expect(labels).toEqual(["contract (parts)", "sum+sum+add+mul"])
})
