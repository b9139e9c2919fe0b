import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  add,
  gelu,
  matmul,
  mul,
  knownAdapters,
  planOf,
  tanh,
  type Choice,
  type Decision,
  type Tensor,
} from "../../src/index.ts"
import { openGuarded, type GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"
import { logisticAfterConvolution, multiplyAdds, picking, smallTiles } from "./storedBeside.ts"

const inTwo = picking(({ way, rows, parts }) => way === "split" && rows === 32 && parts === 2)

const opened = (choose: (decision: Decision) => Choice): (() => GuardedDevice) => {
  let guarded: GuardedDevice
  beforeAll(async () => {
    guarded = await openGuarded({ planFor: multiplyAdds, choose })
  })
  afterAll(() => guarded.close())
  return () => guarded
}

describe("what is computed element by element from a stored result", () => {
  const guarded = opened(smallTiles)

  // Odd rows are stored one by one.
  it.each([67, 68])("is stored by the kernel that makes that: %i columns", async (columns) => {
    const { plan, labels } = await ranAsGpu(guarded(), {
      shapes: { x: [35, 39], w: [39, columns], b: [columns], u: [columns, 9], v: [columns, 10] },
      results: ({ x, w, b, u, v }) => {
        const before = add(matmul(x, w), b)
        return { y: matmul(gelu(before), u), z: matmul(before, v) }
      },
    })
    expect(labels).toHaveLength(3)
    expect(plan.steps[0]!.bindings.filter(({ access }) => access === "write")).toHaveLength(2)
  })

  it("is stored by convolutions' last kernels, too: pixels one by one", async () => {
    const labels = await logisticAfterConvolution(guarded(), [2, 5, 7, 18])
    expect(labels).toEqual([expect.stringContaining("conv2d")])
  })
})

describe("what is computed element by element from a result in registers", () => {
  const guarded = opened(picking(({ way }) => way === "registers"))

  it("leaves no buffer for what only such work reads: both factors' gradients of a gate", async () => {
    const { plan, labels } = await ranAsGpu(guarded(), {
      shapes: { g: [33, 20], w: [20, 36], a: [33, 36], b: [33, 36], u: [36, 9], v: [36, 10] },
      results: ({ g, w, a, b, u, v }) => {
        const both = matmul(g, w)
        return { a: matmul(mul(both, tanh(b)), u), b: matmul(mul(both, gelu(a)), v) }
      },
    })
    expect(labels).toHaveLength(3)
    expect(plan.steps[0]!.bindings.filter(({ access }) => access === "write")).toHaveLength(2)
  })

  it("stays a kernel of its own where another large tensor is made beside the first", async () => {
    const { plan, labels } = await ranAsGpu(guarded(), {
      shapes: { x: [35, 39], w: [39, 68], v: [39, 68], r: [68, 9] },
      results: ({ x, w, v, r }) => {
        const [gate, up] = [matmul(x, w), matmul(x, v)]
        return { y: matmul(mul(up, gelu(gate)), r), gate: matmul(gate, r), up: matmul(up, r) }
      },
    })
    expect(plan.steps[0]!.together).toHaveLength(2)
    expect(labels).toHaveLength(6)
  })
})

describe("sums in parts", () => {
  const guarded = opened(inTwo)

  it("are added once for all that is computed from them element by element", async () => {
    const { labels } = await ranAsGpu(guarded(), {
      shapes: { x: [35, 300], w: [300, 68], v: [300, 68], b: [68], r: [68, 9] },
      results: ({ x, w, v, b, r }) => {
        const [gate, up] = [add(matmul(x, w), b), matmul(x, v)]
        return { y: matmul(mul(up, gelu(gate)), r), gate: matmul(gate, r), up: matmul(up, r) }
      },
    })
    expect(labels.filter((label) => label.includes("sumOfParts"))).toHaveLength(1)
  })
})

it("magnitudes of all that a kernel stores are kept by it", () => {
  const square = { shape: [256, 256], dtype: "f32" as const }
  const { steps } = planOf(
    ({ x, w, u }: Readonly<Record<"x" | "w" | "u", Tensor>>) => {
      const before = matmul(x, w)
      return [matmul(gelu(before), u), matmul(before, u)]
    },
    { x: square, w: square, u: square },
    knownAdapters["nvidia-h200"],
    { precision: "medium" },
  )
  const stores = steps.find(({ bindings }) => bindings.filter(({ access }) => access === "write").length === 2)!
  expect(stores.bindings.filter(({ access }) => access === "peak")).toHaveLength(2)
})
