import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  add,
  concat,
  layerNorm,
  logSoftmax,
  matmul,
  mul,
  planOf,
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

/** Sums in most parts where there is such a choice; other sums by single invocations, which compile in a fraction of a tile's time. */
const inParts = ({ candidates, others }: Decision): Choice => {
  const all = [...candidates, ...others]
  const split = all.filter(({ way, rows }) => way === "split" && rows === 32)
  return (
    split.toSorted((a, b) => Number(b["parts"]) - Number(a["parts"]))[0] ??
    all.find(({ way }) => way === "registers") ??
    candidates[0]
  )
}

let guarded: GuardedDevice
beforeAll(async () => {
  guarded = await openGuarded({
    planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false },
    choose: inParts,
  })
})
afterAll(() => guarded.close())

const shapesOf = (rows: number, width: number, depth = 300): Readonly<Record<Name, Shape>> => ({
  x: [rows, depth],
  w: [depth, width],
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
  // Rows of no whole vectors are a long test.
  it("are computed by the first walk, and read back by those after it", async () => {
    const kept = await keptBy(shapesOf(37, 68), (inputs) => ({ y: layerNorm(sums(inputs)) }))
    expect(kept).toEqual([[37, 68]])
  })

  it("are read back in each of several walks, and by others", async () => {
    const kept = await keptBy(shapesOf(37, 68), (inputs) => {
      const whole = sums(inputs)
      return { y: logSoftmax(mul(whole, 4)), z: matmul(whole, transpose(inputs.residual)) }
    })
    expect(kept).toEqual([[37, 68]])
  })

  it("are added by a norm alone where they come in more parts than other readers add", () => {
    const specs = Object.fromEntries(
      Object.entries(shapesOf(256, 160, 4096)).map(([name, shape]) => [name, { shape, dtype: "f32" as const }]),
    )
    const labels = (program: (inputs: Inputs) => Record<string, Tensor>): readonly string[] =>
      planOf(program as never, specs, { ...guarded.device.planning, choose: inParts }).steps.map(({ label }) => label)
    expect(labels((inputs) => ({ y: layerNorm(sums(inputs)) }))).toEqual(["contract (parts)", "sum+sum+add+mul"])
    expect(labels((inputs) => ({ y: mul(sums(inputs), 2) }))).toEqual(["contract+add+mul (parts)", "contract+add+mul"])
  })

  it("are put together on the way where nobody else reads the pieces", async () => {
    const kept = await keptBy(shapesOf(37, 68), (inputs) => {
      const whole = concat([sums(inputs), inputs.residual], 1)
      return { y: layerNorm(whole), z: mul(whole, 3) }
    })
    expect(kept).toEqual([[37, 136]])
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
