import { afterAll, beforeAll, expect, it } from "vitest"
import {
  input,
  interpret,
  max,
  openDevice,
  sizeOf,
  sum,
  type Device,
  type HostArray,
  type KernelFacts,
  type Shape,
  type Tensor,
} from "../../src/index.ts"

/** A GPU, planned for on whatever adapter this is. */
const facts: Partial<KernelFacts> = { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768 }

let device: Device
beforeAll(async () => {
  device = await openDevice({ planFor: facts })
})
afterAll(() => device.close())

const numbers = (shape: Shape): HostArray => {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7919) % 257) / 257 - 0.4)
  return { shape, dtype: "f32", data }
}

it.for([
  ["a few neighbouring columns", [4096, 64], sum],
  ["columns whose stretches are shared", [40_000, 8], sum],
  ["the largest of each column", [4096, 12], max],
] as const)("folds of a few outputs, four of them read together, are right: %s", async ([, shape, fold]) => {
  const program = ({ x }: { readonly x: Tensor }): Tensor => fold(x, { axis: 0 })
  const spec = { shape, dtype: "f32" as const }
  using compiled = await device.compile(program, { x: spec })
  expect(compiled.plan.steps[0]!.choice["way"]).toBe("workgroup")
  const x = numbers(shape)
  const got = await device.read(compiled({ x }))
  const want = interpret(program({ x: input(spec, "x") }), new Map([["x", x]]))
  want.data.forEach((value, i) => expect(got.data[i]).toBeCloseTo(Number(value), 2))
})

it.for([
  ["four columns together", [101, 300]],
  ["columns one by one", [128, 257]],
] as const)("short sums are a subgroup's, which waits for no other: %s", async ([, shape]) => {
  const program = ({ x }: { readonly x: Tensor }): Tensor => sum(x, { axis: 0 })
  using compiled = await device.compile(program, { x: { shape, dtype: "f32" } })
  const [step] = compiled.plan.steps
  expect(step!.choice).toMatchObject({ way: "workgroup", share: "subgroup" })
  expect(step!.wgsl).not.toMatch(/workgroupBarrier|var<workgroup>/)
  const x = numbers(shape)
  const [got, again] = [await device.read(compiled({ x })), await device.read(compiled({ x }))]
  const want = interpret(program({ x: input({ shape, dtype: "f32" }, "x") }), new Map([["x", x]]))
  expect(again.data).toEqual(got.data)
  const apart = Array.from(want.data, (value, i) => Math.abs(got.data[i]! - Number(value)))
  expect(Math.max(...apart)).toBeLessThan(2e-5)
})
