import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  add,
  layerNorm,
  logSoftmax,
  matmul,
  mul,
  reshape,
  transpose,
  type Choice,
  type Decision,
  type Shape,
  type Tensor,
} from "../../src/index.ts"
import { openGuarded, type GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

type Name = "x" | "w" | "residual"

/** Sums in two parts wherever there is such a choice; other tiles the smallest, which compile soonest. */
const inTwo = ({ candidates, others }: Decision): Choice => {
  const all = [...candidates, ...others]
  return (
    all.find(({ way, rows, parts }) => way === "split" && rows === 32 && parts === 2) ??
    all.find(({ way, rows }) => way === "workgroup" && rows === 32) ??
    candidates[0]
  )
}

let guarded: GuardedDevice
beforeAll(async () => {
  guarded = await openGuarded({
    planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false },
    choose: inTwo,
  })
})
afterAll(() => guarded.close())

const shapesOf = (rows: number, width: number): Readonly<Record<Name, Shape>> => ({
  x: [rows, 300],
  w: [300, width],
  residual: [rows, width],
})

type Inputs = Readonly<Record<Name, Tensor>>

/** A sum in parts with what is added to it: more bytes than its result, by far. */
const sums = ({ x, w, residual }: Inputs): Tensor => add(matmul(x, w), residual)

/** Bindings that the kernels of rows write and read back, of a program whose results were right. */
const keptBy = async (shapes: Readonly<Record<Name, Shape>>, results: (inputs: Inputs) => Record<string, Tensor>) => {
  const { plan, labels } = await ranAsGpu(guarded, { shapes, results })
  expect(labels.filter((label) => label.startsWith("sumOfParts"))).toEqual([])
  return plan.steps
    .filter(({ family }) => family === "rows")
    .flatMap(({ bindings }) => bindings.filter(({ access }) => access === "update"))
    .map(({ value }) => plan.values[value]!.spec.shape)
}

describe("rows of which more is read than they have themselves", () => {
  it.each([68, 67])("are computed by the first walk, and read back by those after it: rows of %d", async (width) => {
    const kept = await keptBy(shapesOf(37, width), (inputs) => ({ y: layerNorm(sums(inputs)) }))
    expect(kept).toEqual([[37, width]])
  })

  it("are read back in each of several walks, and by others", async () => {
    const kept = await keptBy(shapesOf(37, 68), (inputs) => {
      const whole = sums(inputs)
      return { y: logSoftmax(mul(whole, 4)), z: matmul(whole, transpose(inputs.residual)) }
    })
    expect(kept).toEqual([[37, 68]])
  })

  it("may be shared by a workgroup each", async () => {
    const kept = await keptBy(shapesOf(256, 160), (inputs) => ({
      y: layerNorm(reshape(sums(inputs), [32, 1280])),
    }))
    expect(kept).toEqual([[256, 160]])
  })

  it("are computed where they are needed if that moves less", async () => {
    const { plan } = await ranAsGpu(guarded, {
      shapes: shapesOf(37, 68),
      results: ({ residual }) => ({ y: layerNorm(mul(residual, 2)) }),
    })
    expect(plan.steps.flatMap(({ bindings }) => bindings.map(({ access }) => access))).not.toContain("update")
  })
})
