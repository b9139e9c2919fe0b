import { afterAll, afterEach, beforeAll, expect, test } from "vitest"
import {
  add,
  constant,
  exp,
  fill,
  input,
  interpret,
  matmul,
  mul,
  openDevice,
  permute,
  reshape,
  sub,
  sum,
  transpose,
  type Device,
  type HostArray,
  type Tensor,
} from "../src/index.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

afterEach(() => {
  if (device.live().buffers !== 0) throw new Error("a test left buffers behind")
})

const f32 = (shape: readonly number[]) => ({ shape, dtype: "f32" as const })

const wave = (shape: readonly number[], phase = 0): HostArray => ({
  ...f32(shape),
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 0.7 + phase)),
})

const expectClose = (got: HostArray, want: HostArray, tolerance = 1e-5): void => {
  expect(got.shape).toEqual(want.shape)
  for (let i = 0; i < want.data.length; i++)
    expect(Math.abs(got.data[i]! - want.data[i]!)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(want.data[i]!)))
}

test("a program computes what the interpreter computes", async () => {
  const program = ({ x, w }: { x: Tensor; w: Tensor }) => {
    const hidden = exp(add(matmul(x, w), 1))
    return { total: sum(hidden), rows: sum(mul(hidden, hidden), { axis: 1 }), turned: transpose(hidden) }
  }
  const specs = { x: f32([37, 19]), w: f32([19, 11]) }
  using compiled = await device.compile(program, specs)
  const [x, w] = [wave([37, 19]), wave([19, 11], 1)]
  const got = await device.read(compiled({ x, w }))
  const want = interpret(
    program({ x: input(specs.x, "x"), w: input(specs.w, "w") }),
    new Map([
      ["x", x],
      ["w", w],
    ]),
  )
  expectClose(got.rows, want.rows)
  expectClose(got.turned, want.turned)
  expectClose(got.total, want.total)
})

test("pointwise chains, tails and movement fuse into one kernel each", async () => {
  using compiled = await device.compile(
    ({ x, w }: { x: Tensor; w: Tensor }) => mul(exp(add(matmul(transpose(x), w), 1)), 3),
    { x: f32([8, 6]), w: f32([8, 5]) },
  )
  expect(compiled.plan.steps.map(({ label }) => label)).toEqual(["contract+add+exp+mul"])
})

test("equal expressions are computed once", async () => {
  using compiled = await device.compile(({ x }: { x: Tensor }) => ({ a: exp(mul(x, 2)), b: sum(exp(mul(x, 2))) }), {
    x: f32([50]),
  })
  expect(compiled.plan.steps.length).toBe(2)
})

test("donated state is updated in place, and a warm run makes no buffer, pipeline or bind group", async () => {
  using step = await device.compile(
    ({ state, rate }: { state: { w: Tensor; momentum: Tensor }; rate: Tensor }) => {
      const momentum = add(mul(state.momentum, 0.9), state.w)
      return { state: { w: sub(state.w, mul(momentum, rate)), momentum }, norm: sum(mul(momentum, momentum)) }
    },
    { state: { w: f32([300]), momentum: f32([300]) }, rate: f32([]) },
    { donate: ["state"] },
  )
  let state = device.put({ w: wave([300]), momentum: wave([300], 2) })
  const rate: HostArray = { ...f32([]), data: new Float32Array([0.1]) }
  let [w, momentum] = [Array.from(wave([300]).data), Array.from(wave([300], 2).data)]
  const live: number[] = []
  for (let i = 0; i < 5; i++) {
    const given = state
    const result = step({ state, rate })
    state = result.state
    expect(given.w.isLive()).toBe(false)
    live.push(device.live().buffers)
    momentum = momentum.map((m, k) => Math.fround(m * 0.9 + w[k]!))
    w = w.map((value, k) => Math.fround(value - momentum[k]! * Math.fround(0.1)))
  }
  expect(new Set(live.slice(1)).size).toBe(1)
  expectClose((await device.read(state)).w, { ...f32([300]), data: Float32Array.from(w) })
  expect(step.plan.copies).toEqual([])
  state.w[Symbol.dispose]()
  state.momentum[Symbol.dispose]()
})

test("a donated input that is read in another order is still replaced correctly", async () => {
  using turn = await device.compile(
    ({ x }: { x: Tensor }) => ({ x: add(transpose(x), x) }),
    { x: f32([9, 9]) },
    { donate: ["x"] },
  )
  const x = wave([9, 9])
  const result = turn({ x: device.put(x) })
  const got = await device.read(result.x)
  result.x[Symbol.dispose]()
  const want = interpret(add(transpose(constant(x.data, [9, 9])), constant(x.data, [9, 9])))
  expectClose(got, want)
})

test("a donated input that is also given back, or moves on to another, is read before it is overwritten", async () => {
  const one = f32([2])
  using restart = await device.compile(
    ({ total }: { total: Tensor }) => ({ total: fill([2], 0), last: total }),
    { total: one },
    { donate: ["total"] },
  )
  const { total, last } = restart({ total: device.put(wave([2])) })
  const read = await device.read({ total, last })
  expectClose(read.total, { ...one, data: new Float32Array(2) })
  expectClose(read.last, wave([2]))
  using shift = await device.compile(
    ({ b, c }: Record<"a" | "b" | "c", Tensor>) => ({ a: b, b: c, c: add(c, 1) }),
    { a: one, b: one, c: one },
    { donate: ["a", "b", "c"] },
  )
  const moved = shift(device.put({ a: wave([2], 1), b: wave([2], 2), c: wave([2], 3) }))
  const [a, b] = [await device.read(moved.a), await device.read(moved.b)]
  expectClose(a, wave([2], 2))
  expectClose(b, wave([2], 3))
  for (const array of [total, moved.a, moved.b, moved.c]) array[Symbol.dispose]()
})

test("donated inputs that change places keep what they hold", async () => {
  const one = f32([2])
  const names = ["a", "b", "c", "d"] as const
  using turn = await device.compile(
    ({ a, b, c, d }: Record<(typeof names)[number], Tensor>) => ({ a: b, b: c, c: a, d }),
    { a: one, b: one, c: one, d: one },
    { donate: [...names] },
  )
  const given = { a: wave([2], 1), b: wave([2], 2), c: wave([2], 3), d: wave([2], 4) }
  const turned = turn(device.put(given))
  const got = await device.read({ ...turned })
  expectClose(got.a, given.b)
  expectClose(got.b, given.c)
  expectClose(got.c, given.a)
  expectClose(got.d, given.d)
  for (const name of names) turned[name][Symbol.dispose]()
})

test("outputs may be inputs, equal to each other, reshaped, constant or empty", async () => {
  using compiled = await device.compile(
    ({ x }: { x: Tensor }) => {
      const y = mul(x, 2)
      return {
        x,
        y,
        again: y,
        flat: reshape(y, [6]),
        fixed: constant([1, 2]),
        empty: fill([0, 3], 1),
        turned: permute(x, [1, 0]),
      }
    },
    { x: f32([2, 3]) },
  )
  const got = await device.read(compiled({ x: wave([2, 3]) }))
  expect(got.x.data).toEqual(wave([2, 3]).data)
  expect(got.again.data).toEqual(got.y.data)
  expect(got.flat).toMatchObject({ shape: [6], data: got.y.data })
  expect(Array.from(got.fixed.data)).toEqual([1, 2])
  expect(got.empty).toMatchObject({ shape: [0, 3] })
  expect(got.turned.data[1]).toBe(got.x.data[3])
})

test("an output fed back as an argument does not overwrite itself", async () => {
  using next = await device.compile(({ x }: { x: Tensor }) => ({ x: add(transpose(x), 1) }), { x: f32([2, 2]) })
  let { x } = next({ x: { ...f32([2, 2]), data: new Float32Array([1, 2, 3, 4]) } })
  for (let i = 0; i < 3; i++) ({ x } = next({ x }))
  expect(Array.from((await device.read(x)).data)).toEqual([5, 6, 7, 8])
})

test("results are read as they were when asked for, and are stale after the next run unless kept", async () => {
  using twice = await device.compile(({ x }: { x: Tensor }) => mul(x, 2), { x: f32([1]) })
  const one = (value: number): HostArray => ({ ...f32([1]), data: new Float32Array([value]) })
  const first = twice({ x: one(1) })
  const reading = device.read(first)
  const kept = device.keep(twice({ x: one(2) }))
  twice({ x: one(3) })
  expect((await reading).data[0]).toBe(2)
  expect((await device.read(kept)).data[0]).toBe(4)
  kept[Symbol.dispose]()
  await expect(device.read(first)).rejects.toMatchObject({ _tag: "StaleArray" })
  await expect(device.read(kept)).rejects.toMatchObject({ _tag: "StaleArray" })
})

test("a run repeated gives the same bits", async () => {
  using compiled = await device.compile(({ x }: { x: Tensor }) => sum(exp(matmul(x, transpose(x)))), {
    x: f32([65, 33]),
  })
  const x = wave([65, 33])
  const first = await device.read(compiled({ x }))
  for (let i = 0; i < 3; i++) expect((await device.read(compiled({ x }))).data).toEqual(first.data)
})
