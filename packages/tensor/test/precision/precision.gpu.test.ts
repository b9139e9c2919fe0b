import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  add,
  exp,
  input,
  interpret,
  layerNorm,
  matmul,
  mul,
  openDevice,
  planOf,
  sizeOf,
  transpose,
  withPrecision,
  type Decision,
  type Device,
  type HostArray,
  type KernelFacts,
  type Plan,
  type Precision,
  type Shape,
  type Tensor,
} from "../../src/index.ts"
import { separateSteps } from "../plan/separateSteps.ts"

type Args = { readonly x: Tensor; readonly w: Tensor }
type Program = (args: Args) => Tensor

/** A GPU with f16 and without matrix units, planned for on whatever adapter this is. */
const facts: Partial<KernelFacts> = { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768 }

let device: Device
beforeAll(async () => {
  device = await openDevice({ planFor: facts, choose: roundedFirst })
})
afterAll(() => device.close())

// Small problems are not worth their magnitudes: the tests compute them so all the same.
const roundedFirst = ({ candidates, others }: Decision) =>
  [...candidates, ...others].find(({ way }) => way === "rounded") ?? candidates[0]

const isHalving = (): boolean => device.planning.facts.f16 === true

const noise = (shape: Shape, seed: number, size: number): HostArray => {
  let state = seed * 7919 + 1
  const next = (): number => size * ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1)
  return { shape, dtype: "f32", data: Float32Array.from({ length: sizeOf(shape) }, next) }
}

const specs = (x: Shape, w: Shape) => ({
  x: { shape: x, dtype: "f32" as const },
  w: { shape: w, dtype: "f32" as const },
})

const waysOf = ({ steps }: Plan): readonly unknown[] =>
  steps.filter(({ family }) => family === "contract").map(({ choice }) => choice["way"])

/** Root mean square of the error beside that of the result, with the ways that computed it. */
const computed = async (program: Program, precision: Precision, x: HostArray, w: HostArray) => {
  using compiled = await device.compile(program, specs(x.shape, w.shape), { precision })
  const got = await device.read(compiled({ x, w }))
  const inputs = { x: input(specs(x.shape, w.shape).x, "x"), w: input(specs(x.shape, w.shape).w, "w") }
  const want = interpret(program(inputs), new Map(Object.entries({ x, w })))
  const root = (data: Iterable<number>): number => Math.hypot(...data)
  const error = root(Array.from(want.data, (value, i) => got.data[i]! - value)) / root(want.data as Iterable<number>)
  return { error, ways: waysOf(compiled.plan) }
}

const product: Program = ({ x, w }) => matmul(x, w)

describe("a contraction of medium precision", () => {
  it.for([
    ["numbers around 1", 1, 1],
    ["gradients of 1e-20", 1e-20, 1],
    ["activations of 1e6 by weights of 1e-7", 1e6, 1e-7],
    ["operands beyond f16's range on both sides", 3e12, 2e9],
  ] as const)("rounds operands and loses nothing to their range: %s", async ([, left, right], { skip }) => {
    skip(!isHalving(), "the adapter computes nothing in f16")
    const { error, ways } = await computed(product, "medium", noise([40, 70], 1, left), noise([70, 33], 2, right))
    expect(ways).toEqual(["rounded"])
    expect(error).toBeLessThan(6e-4)
    // A closer result would mean that nothing was rounded.
    expect(error).toBeGreaterThan(5e-5)
  })

  it("of zeros is zero", async ({ skip }) => {
    skip(!isHalving(), "the adapter computes nothing in f16")
    using compiled = await device.compile(product, specs([20, 20], [20, 20]), { precision: "medium" })
    const { data } = await device.read(compiled({ x: noise([20, 20], 1, 0), w: noise([20, 20], 2, 1) }))
    expect([...data].every((value) => value === 0)).toBe(true)
  })

  it("repeats bit for bit", async ({ skip }) => {
    skip(!isHalving(), "the adapter computes nothing in f16")
    const given = { x: noise([40, 70], 1, 1), w: noise([70, 33], 2, 1) }
    using compiled = await device.compile(product, specs([40, 70], [70, 33]), { precision: "medium" })
    const first = await device.read(compiled(given))
    expect((await device.read(compiled(given))).data).toEqual(first.data)
  })
})

describe("precision", () => {
  const small = [noise([24, 40], 1, 1), noise([40, 24], 2, 1)] as const

  it("highest rounds nothing, whatever is chosen; high neither, where nothing splits", async () => {
    for (const precision of ["highest", "high"] as const) {
      const { error, ways } = await computed(product, precision, ...small)
      expect(ways).not.toContain("rounded")
      expect(error).toBeLessThan(2e-6)
    }
  })

  it("of a part of a graph goes before the program's", ({ skip }) => {
    skip(!isHalving(), "the adapter computes nothing in f16")
    const planned = (program: Program, precision: Precision) =>
      waysOf(device.planOf(program, specs(small[0].shape, small[1].shape), { precision }))
    const both: Program = ({ x, w }) => {
      const first = withPrecision("highest", () => matmul(x, w))
      return matmul(first, first)
    }
    expect(planned(both, "medium").map((way) => way === "rounded")).toEqual([false, true])
    const one: Program = ({ x, w }) =>
      add(
        withPrecision("medium", () => matmul(x, w)),
        1,
      )
    expect(planned(one, "highest")).toEqual(["rounded"])
  })

  it("nests, and ends with its function even where that throws", () => {
    const precisionOf = (node: Tensor) => node.attributes["precision"]
    const x = input({ shape: [4, 4], dtype: "f32" }, "x")
    withPrecision("medium", () => {
      expect(precisionOf(withPrecision("high", () => matmul(x, x)))).toBe("high")
      expect(precisionOf(matmul(x, x))).toBe("medium")
      expect(precisionOf(add(x, x))).toBeUndefined()
    })
    expect(() =>
      withPrecision("medium", () => {
        throw new Error("described wrongly")
      }),
    ).toThrow("described wrongly")
    expect(precisionOf(matmul(x, x))).toBeUndefined()
  })

  it("is exact where nothing narrower is there: without f16, and on software adapters", () => {
    for (const given of [{ f16: false }, { isSoftware: true, f16: true }]) {
      const plan = planOf(
        product,
        specs([512, 512], [512, 512]),
        { ...device.planning.facts, ...facts, ...given },
        { precision: "medium" },
      )
      expect(waysOf(plan)).not.toContain("rounded")
      expect(plan.steps.filter(({ family }) => family === "magnitude")).toEqual([])
    }
  })
})

describe("magnitudes", () => {
  const planned = (program: Program, size = 256) =>
    planOf(
      program,
      specs([size, size], [size, size]),
      { ...device.planning.facts, ...facts, f16: true },
      { precision: "medium", choose: roundedFirst },
    )

  const kept = (plan: Plan, family: string): number =>
    separateSteps(plan.steps).filter(
      (step) => step.family === family && step.bindings.some(({ access }) => access === "peak"),
    ).length

  it("are found once for all readers of a tensor, whatever views they read it through: those of arguments in one launch", () => {
    const plan = planned(({ x, w }) => add(matmul(x, w), matmul(transpose(x), w)))
    expect(waysOf(plan)).toEqual(["rounded", "rounded"])
    expect(plan.steps.filter(({ family }) => family === "magnitude").map(({ label }) => label)).toEqual([
      "2 × magnitude",
    ])
  })

  it("of what kernels store are kept by these: whole rows, contractions, elements", () => {
    const plan = planned(({ x, w }) => matmul(matmul(mul(layerNorm(x), 2), exp(w)), w))
    expect([kept(plan, "rows"), kept(plan, "contract"), kept(plan, "pointwise")]).toEqual([1, 1, 1])
    expect(separateSteps(plan.steps).filter(({ family }) => family === "magnitude").length).toBe(1)
  })

  it("follow what is stored from run to run, up and down", async ({ skip }) => {
    skip(!isHalving(), "the adapter computes nothing in f16")
    const chain: Program = ({ x, w }) => matmul(mul(matmul(x, w), 3), transpose(w))
    const shapes = specs([40, 72], [72, 36])
    using compiled = await device.compile(chain, shapes, { precision: "medium" })
    const w = noise([72, 36], 2, 1)
    const inputs = { x: input(shapes.x, "x"), w: input(shapes.w, "w") }
    for (const size of [1, 1e12, 1e-20, 1]) {
      const x = noise([40, 72], 1, size)
      const got = await device.read(compiled({ x, w }))
      const want = interpret(chain(inputs), new Map(Object.entries({ x, w })))
      const error = Math.hypot(...Array.from(want.data, (value, i) => got.data[i]! - value))
      expect(error).toBeLessThan(1e-3 * Math.hypot(...(want.data as Iterable<number>)))
    }
    expect(compiled.plan.steps.filter(({ family }) => family === "magnitude").length).toBe(1)
  })
})
