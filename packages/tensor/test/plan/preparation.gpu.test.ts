import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { globals } from "webgpu"
import {
  add,
  exp,
  knownAdapters,
  matmul,
  openDevice,
  planOf,
  sizeOf,
  transpose,
  type Decision,
  type Device,
  type HostArray,
  type KernelFacts,
  type Shape,
  type Tensor,
} from "../../src/index.ts"

interface Args {
  readonly x: Tensor
  readonly w: Tensor
}

/** A GPU with f16 and without matrix units, planned for on whatever adapter this is. */
const facts: Partial<KernelFacts> = { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768 }

const roundedFirst = ({ candidates, others }: Decision) =>
  [...candidates, ...others].find(({ way }) => way === "rounded") ?? candidates[0]

/** Dispatches of all devices so far. */
let dispatches = 0
const pass = (globals as { readonly GPUComputePassEncoder: { readonly prototype: GPUComputePassEncoder } })
  .GPUComputePassEncoder.prototype
const dispatchWorkgroups = Reflect.get(pass, "dispatchWorkgroups")

let device: Device
beforeAll(async () => {
  device = await openDevice({ planFor: facts, choose: roundedFirst })
  pass.dispatchWorkgroups = function (...grid) {
    dispatches++
    return dispatchWorkgroups.apply(this, grid)
  }
})
afterAll(async () => {
  pass.dispatchWorkgroups = dispatchWorkgroups
  await device.close()
})

const noise = (shape: Shape, seed: number): HostArray => {
  let state = seed * 7919 + 1
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1
  return { shape, dtype: "f32", data: Float32Array.from({ length: sizeOf(shape) }, next) }
}

const specs = { x: { shape: [24, 40], dtype: "f32" }, w: { shape: [40, 24], dtype: "f32" } } as const

const product = ({ x, w }: Args): Tensor => matmul(x, w)

const medium = { precision: "medium" } as const

const isHalving = (): boolean => device.planning.facts.f16 === true

/** What a call dispatches. */
const counted = (call: () => unknown): number => {
  const before = dispatches
  call()
  return dispatches - before
}

describe("what follows from frozen arguments", () => {
  it("is computed in the first run with them and in no later one, to the same bits", async ({ skip }) => {
    skip(!isHalving(), "the adapter computes nothing in f16")
    using whole = await device.compile(product, specs, medium)
    using compiled = await device.compile(product, specs, { ...medium, frozen: ["w"] })
    const { preparation, steps } = compiled.plan
    expect(preparation.map(({ label }) => label)).toEqual(["magnitude"])
    expect(steps.map(({ family }) => family)).toEqual(["magnitude", "contract"])
    const [x, w] = [device.put(noise([24, 40], 1)), device.put(noise([40, 24], 2))]
    expect(counted(() => compiled({ x, w }))).toBe(3)
    expect(counted(() => compiled({ x, w }))).toBe(2)
    expect(counted(() => compiled({ x: noise([24, 40], 3), w }))).toBe(2)
    const { buffers } = device.live()
    const got = await device.read(compiled({ x, w }))
    expect(got.data).toEqual((await device.read(whole({ x, w }))).data)
    expect(device.live().buffers - buffers).toBeLessThanOrEqual(1)
  })

  it("is computed again for other arrays, larger or smaller, and for numbers of the host each time", async ({
    skip,
  }) => {
    skip(!isHalving(), "the adapter computes nothing in f16")
    using whole = await device.compile(product, specs, medium)
    using compiled = await device.compile(product, specs, { ...medium, frozen: ["w"] })
    const x = device.put(noise([24, 40], 1))
    for (const scale of [1, 1e9, 1e-9]) {
      const { data, ...spec } = noise([40, 24], 2)
      const host = { ...spec, data: Float32Array.from(data, (value) => scale * Number(value)) }
      const w = device.put(host)
      expect(counted(() => compiled({ x, w }))).toBe(3)
      expect((await device.read(compiled({ x, w }))).data).toEqual((await device.read(whole({ x, w }))).data)
      for (let again = 0; again < 2; again++) expect(counted(() => compiled({ x, w: host }))).toBe(3)
    }
  })

  const planned = (program: (args: Args) => Tensor, options: object = {}) =>
    planOf(program, specs, { ...knownAdapters.webgpu, ...facts }, { frozen: ["w"], ...options })

  it("is kept as far as the memory allows that a program is given, and planned for", () => {
    const chain = ({ x, w }: Args): Tensor =>
      matmul(x, matmul(w, matmul(transpose(w), matmul(w, matmul(transpose(w), w)))))
    const free = planned(chain)
    const bytes = free.values.filter(({ storage }) => storage.kind === "prepared").map((value) => value.bytes)
    expect([free.preparation.length, free.steps.length]).toEqual([4, 1])
    expect(bytes).toEqual([4 * 24 * 24, 4 * 40 * 24, 4 * 24 * 24, 4 * 40 * 24])
    expect(planned(chain, { memory: free.peakBytes }).preparation.length).toBe(4)
    const tight = planned(chain, { memory: free.peakBytes - 1 })
    expect([tight.preparation.length, tight.steps.length]).toEqual([0, 5])
    expect(tight.peakBytes).toBeLessThan(free.peakBytes)
  })

  it("is nothing on software adapters, nor where a result is to be given", () => {
    expect(planned(({ x, w }) => matmul(x, add(w, exp(w))), {}).preparation.length).toBe(1)
    const software = planOf(({ x, w }: Args) => matmul(x, add(w, exp(w))), specs, knownAdapters.llvmpipe, {
      frozen: ["w"],
    })
    expect(software.preparation).toEqual([])
    expect(planned(({ w }) => add(w, exp(w))).preparation).toEqual([])
  })
})
