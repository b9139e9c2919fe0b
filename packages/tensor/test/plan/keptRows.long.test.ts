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

const planFor = { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false } as const

it("rows of no whole vectors are computed by a norm's first walk, and read back by those after it", async () => {
  const guarded = await openGuarded({ planFor, choose: inParts(2) })
  const { plan } = await ranAsGpu(guarded, {
    shapes: { x: [37, 300], w: [300, 67], residual: [37, 67] },
    results: ({ x, w, residual }) => ({ y: layerNorm(add(matmul(x, w), residual)) }),
  }).finally(() => guarded.close())
  const written = plan.steps.flatMap(({ bindings }) => bindings.filter(({ access }) => access === "update"))
  expect(written.map(({ value }) => plan.values[value]!.spec.shape)).toEqual([[37, 67]])
})

it.each([4, 16, 32])("a norm adds sums in %d parts in its first walk", async (parts) => {
  const guarded = await openGuarded({ planFor, choose: inParts(parts) })
  const { labels } = await ranAsGpu(guarded, {
    shapes: { x: [256, 4096], w: [4096, 160], residual: [256, 160] },
    results: ({ x, w, residual }) => ({ y: layerNorm(add(matmul(x, w), residual)) }),
    within: 1e-5,
  }).finally(() => guarded.close())
  expect(labels).toEqual(["contract (parts)", "sum+sum+add+mul"])
})
