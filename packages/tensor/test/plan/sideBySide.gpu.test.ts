import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { add, layerNorm, matmul, type Choice, type Decision } from "../../src/index.ts"
import { openGuarded, type GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

// Three tiles in one launch compile for long: there the products are computed in registers.
let wanted = (_choice: Choice): boolean => true

const isTile = ({ way, rows, columns }: Choice): boolean => way === "workgroup" && rows === 32 && columns === 32

let guarded: GuardedDevice
beforeAll(async () => {
  const choose = ({ candidates, others }: Decision): Choice =>
    [...candidates, ...others].find((choice) => wanted(choice)) ?? candidates[0]
  const planFor = { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false }
  guarded = await openGuarded({ planFor, choose })
})
afterAll(() => guarded.close())

const shapes = { a: [35, 20], b: [35, 21], c: [35, 22], u: [20, 68], v: [21, 68], w: [22, 68], r: [68, 33] }

describe("products that are added up", () => {
  it("share a launch where a norm walks their sum, which adds them", async () => {
    wanted = ({ way }) => way === "registers"
    const { plan } = await ranAsGpu(guarded, {
      shapes,
      results: ({ a, b, c, u, v, w }) => ({ y: layerNorm(add(add(matmul(a, u), matmul(b, v)), matmul(c, w))) }),
    })
    expect(plan.steps).toHaveLength(2)
    expect(plan.steps[0]!.together).toHaveLength(3)
  })

  it("are added by the last of them where another product reads their sum", async () => {
    wanted = isTile
    const { labels } = await ranAsGpu(guarded, {
      shapes,
      results: ({ a, b, u, v, r }) => ({ y: matmul(add(matmul(a, u), matmul(b, v)), r) }),
    })
    expect(labels).toEqual(["contract", "contract+add", "contract"])
  })
})

it("rows that subgroups walk share a launch with tiles of fewer invocations, whole subgroups in each workgroup", async () => {
  const { plan } = await ranAsGpu(guarded, {
    shapes: { a: [131, 68], b: [35, 20], u: [20, 36] },
    results: ({ a, b, u }) => ({ y: layerNorm(a), z: matmul(b, u) }),
  })
  expect(plan.steps).toHaveLength(1)
  expect(plan.steps[0]!.together!.map(({ choice }) => choice["way"]).toSorted()).toEqual(["walks", "workgroup"])
  expect(plan.steps[0]!.wgsl).toMatch(/let at = .* \* 64u \+ lane; main_s\d\(at \/ \d+u, at % \d+u\)/)
})
