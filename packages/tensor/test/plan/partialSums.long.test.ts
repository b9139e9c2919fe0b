import { expect, it } from "vitest"
import { add, gelu, matmul, mul, type Choice, type Decision } from "../../src/index.ts"
import { openGuarded } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

const inTwo = ({ candidates, others }: Decision): Choice =>
  [...candidates, ...others].find(({ way, rows, parts }) => way === "split" && rows === 32 && parts === 2) ??
  candidates[0]

it("parts of two sums are added by one reader", async () => {
  const guarded = await openGuarded({
    planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false },
    choose: inTwo,
  })
  const { labels } = await ranAsGpu(guarded, {
    shapes: { x: [70, 300], w: [300, 68], v: [300, 68], scale: [68], shift: [68] },
    results: ({ x, w, v, scale, shift }) => ({
      y: mul(add(matmul(x, w), scale), gelu(add(matmul(x, v), shift))),
    }),
  }).finally(() => guarded.close())
  expect(labels).toEqual(["contract (parts)", "contract (parts)", expect.stringContaining("sumOfParts")])
})
