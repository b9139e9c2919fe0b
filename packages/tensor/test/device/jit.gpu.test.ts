import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openDevice, type Compilation, type Device, type HostArray, type Tensor } from "../../src/index.ts"
import * as t from "../../src/index.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

interface State {
  readonly total: Tensor
}

const addUp = (state: State, x: Tensor): { readonly state: State; readonly mean: Tensor } => ({
  state: { total: t.add(state.total, t.sum(x)) },
  mean: t.mean(x),
})

const numberOf = async (array: t.DeviceArray): Promise<number> => ((await device.read(array)) as HostArray).data[0]!

describe("device.jit", () => {
  it("compiles at the first call, runs warm calls at once, and says why it compiled again", async () => {
    const told: Compilation[] = []
    using sum = device.jit(addUp, { onCompile: (compilation) => told.push(compilation) })
    const state = { total: t.zeros([]) }
    const first = await sum(state, t.f32([2], [1, 2]))
    expect(await numberOf(first.state.total)).toBe(3)
    const created = device.created()
    expect(await numberOf((await sum({ total: 10 }, t.f32([2], [3, 4]))).state.total)).toBe(17)
    expect(device.created().pipelines).toBe(created.pipelines)
    expect(await numberOf((await sum(state, t.f32([3], [1, 2, 3]))).mean)).toBe(2)
    expect(told.map(({ reason }) => reason)).toEqual(["the first call", "1 is f32[3], compiled for f32[2]"])
    expect(sum.explain()).toMatch(
      /^1 {2}the first call {2}\(\d+ ms\)\n2 {2}1 is f32\[3\], compiled for f32\[2\] {2}\(\d+ ms\)$/,
    )
  })

  it("keeps a bounded number of programs, those used last", async () => {
    using double = device.jit((x: Tensor) => t.mul(x, 2), { keep: 2 })
    const buffers = device.live().buffers
    for (const length of [1, 2, 3, 4, 1]) await double(t.ones([length]))
    await device.finish()
    expect(double.compilations()).toHaveLength(5)
    expect(double.compilations().at(-1)!.reason).toBe("it was dropped for others since: 2 are kept (option keep)")
    double.dispose()
    await device.finish()
    expect(device.live().buffers).toBe(buffers)
  })

  it("updates donated arguments in place, host arrays and constants among them", async () => {
    const count = ({ state, by }: { readonly state: State; readonly by: Tensor }) => ({
      state: { total: t.add(state.total, by) },
    })
    using step = device.jit(count, { donate: ["state"] })
    let { state } = await step({ state: { total: t.f32([2], [1, 2]) }, by: t.ones([2]) })
    const held = device.live().buffers
    for (let i = 0; i < 3; i++) ({ state } = await step({ state, by: t.ones([2]) }))
    expect((await device.read(state)).total.data).toEqual(new Float32Array([5, 6]))
    expect(device.live().buffers).toBe(held)
    expect((await step.compiled({ state: { total: t.f32([2]) }, by: t.f32([2]) })).plan.inputs[0]!.donated).toBe(true)
  })

  it("tries again after a program that did not compile", async () => {
    let width = 3
    using product = device.jit((x: Tensor) => t.matmul(x, t.ones([width, 1])))
    await expect(product(t.ones([1, 2]))).rejects.toThrow("ShapeMismatch in matmul")
    width = 2
    expect(await numberOf(await product(t.ones([1, 2])))).toBe(2)
  })

  it("refuses what holds no numbers, and options that there are not", async () => {
    using same = device.jit((x: { readonly mode: Tensor }) => x.mode)
    await expect(same({ mode: "fast" as never })).rejects.toThrow('"mode" is a string')
    await expect(same({ mode: t.input({ shape: [], dtype: "f32" }, "elsewhere") })).rejects.toThrow("elsewhere")
    expect(() => device.jit(addUp, { donated: [0] } as never)).toThrow("did you mean donate?")
    expect(() => device.jit(addUp, { keep: 0 })).toThrow("keep counts programs")
  })

  it("takes `frozen` and `memory` as compile does: what follows from frozen arguments is computed once, as far as memory allows", async () => {
    await using large = await openDevice({ planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768 } })
    const program = ({ x, w }: { readonly x: Tensor; readonly w: Tensor }) =>
      t.matmul(x, t.matmul(w, t.matmul(t.transpose(w), w)))
    const ramp = (rows: number, columns: number) =>
      t.f32(
        [rows, columns],
        Array.from({ length: rows * columns }, (_, i) => ((i * 7) % 11) / 11 - 0.4),
      )
    const [x, w] = [large.put(ramp(24, 40)), large.put(ramp(40, 24))]
    using plain = large.jit(program)
    using frozen = large.jit(program, { frozen: ["w"] })
    const whole = await large.read(await plain({ x, w }))
    for (let run = 0; run < 2; run++) expect((await large.read(await frozen({ x, w }))).data).toEqual(whole.data)
    const { plan } = await frozen.compiled({ x, w })
    expect(plan.preparation.length).toBeGreaterThan(0)
    using bounded = large.jit(program, { frozen: ["w"], memory: plan.peakBytes - 1 })
    expect((await bounded.compiled({ x, w })).plan.preparation).toEqual([])
    expect((await large.read(await bounded({ x, w }))).data).toEqual(whole.data)
    await expect(large.jit(program, { frozen: ["weights"] })({ x, w })).rejects.toThrow(
      'there is no argument "weights"',
    )
  })
})

describe("device.put and device.read", () => {
  it("put takes arrays of both sides, constant expressions and numbers", async () => {
    const once = device.put({ x: t.f32([2], [1, 2]) })
    const tree = device.put({ x: once.x, step: t.add(t.zeros([], "i32"), 7), rate: 0.5 })
    expect(tree.x).toBe(once.x)
    const { step, rate } = await device.read({ step: tree.step, rate: tree.rate })
    expect([...step.data, ...rate.data]).toEqual([7, 0.5])
    expect(step.dtype).toBe("i32")
  })

  it("say what they were given instead of arrays", async () => {
    await expect(device.read(t.ones([2]))).rejects.toThrow("a tensor has no numbers yet")
    expect(() => device.put({ a: { b: "x" } })).toThrow('"a.b" is a string')
  })
})
