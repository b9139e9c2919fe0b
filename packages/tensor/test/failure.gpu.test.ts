import { afterAll, beforeAll, expect, test } from "vitest"
import { add, applyOp, matmul, openDevice, wgsl, type Device, type HostArray, type Tensor } from "../src/index.ts"
import { requireFits, requireIndexable, type DeviceState } from "../src/device/state.ts"
import { pointwiseOp } from "../src/op/pointwise.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

const f32 = (shape: readonly number[]) => ({ shape, dtype: "f32" as const })

const zeros = (shape: readonly number[]): HostArray => ({
  ...f32(shape),
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
})

const broken = pointwiseOp({
  name: "broken",
  doc: "an op whose shader text does not compile",
  takes: ["f32"],
  arity: 1,
  cpu: (x) => x,
  wgsl: ([x]) => wgsl`no_such_function(${x})`,
  vjp: { none: "only for this test" },
  flops: 1,
  shows: [],
})

test("a shader that does not compile names the op, the line and where it was described", async () => {
  const before = device.live()
  const compiling = device.compile(({ x }: { x: Tensor }) => applyOp(broken, [x], {}), { x: f32([4]) })
  await expect(compiling).rejects.toMatchObject({
    _tag: "KernelInvalid",
    op: "broken",
    source: expect.stringContaining("no_such_function"),
  })
  await expect(compiling).rejects.toThrow(/failure\.gpu\.test\.ts/)
  expect(device.live()).toEqual(before)
})

test("wrong, missing and spent arguments are typed errors that name the path", async () => {
  using compiled = await device.compile(({ batch }: { batch: { x: Tensor; y: Tensor } }) => add(batch.x, batch.y), {
    batch: { x: f32([4]), y: f32([4]) },
  })
  const call = compiled as (args: unknown) => unknown
  expect(() => call({ batch: { x: zeros([4]), y: zeros([5]) } })).toThrow(/"batch\.y"/)
  expect(() => call({ batch: { x: zeros([4]) } })).toThrow(/"batch\.y" is missing/)
  expect(() => call({ batch: { x: zeros([4]), y: { ...f32([4]), data: new Float32Array(3) } } })).toThrow(/InvalidData/)
  const spent = device.put(zeros([4]))
  spent[Symbol.dispose]()
  expect(() => call({ batch: { x: spent, y: zeros([4]) } })).toThrow(/StaleArray/)
})

test("donating one buffer twice or a host array is refused", async () => {
  using compiled = await device.compile(
    ({ a, b }: { a: Tensor; b: Tensor }) => ({ a: add(a, b) }),
    { a: f32([4]), b: f32([4]) },
    { donate: ["a"] },
  )
  const x = device.put(zeros([4]))
  expect(() => compiled({ a: x, b: x })).toThrow(/given elsewhere/)
  expect(() => compiled({ a: zeros([4]), b: x })).toThrow(/host array/)
  expect(x.isLive()).toBe(true)
  x[Symbol.dispose]()
})

test("shape errors name operands and the caller's position", async () => {
  const x = { ...f32([3, 4]) }
  await expect(
    device.compile(({ a, b }: { a: Tensor; b: Tensor }) => matmul(a, b), { a: x, b: x }),
  ).rejects.toMatchObject({
    _tag: "ShapeMismatch",
    at: expect.stringContaining("failure.gpu.test.ts"),
  })
})

test("a tensor larger than the adapter's largest buffer is refused by name", async () => {
  const compiling = device.compile(({ x }: { x: Tensor }) => add(x, 1), { x: f32([2 ** 15, 2 ** 17]) })
  await expect(compiling).rejects.toMatchObject({ _tag: expect.stringMatching(/LimitExceeded|OutOfDeviceMemory/) })
})

test("a tensor of more elements than shaders can index is refused by name, whatever the adapter's buffers hold", () => {
  const state = { info: { limits: { maxBufferSize: 2 ** 42 } } } as unknown as DeviceState
  expect(() => requireFits(state, 2 ** 34, "add")).not.toThrow()
  expect(() => requireIndexable(f32([2 ** 15, 2 ** 17]), "add")).toThrow(
    expect.objectContaining({ _tag: "LimitExceeded", limit: "u32 indices" }),
  )
  expect(() => requireIndexable(f32([2 ** 15, 2 ** 17 - 1]), "add")).not.toThrow()
})

test("a closed device refuses work with a typed error", async () => {
  const other = await openDevice()
  const compiled = await other.compile(({ x }: { x: Tensor }) => add(x, 1), { x: f32([4]) })
  await other.close()
  expect(other.live()).toEqual({ buffers: 0, bytes: 0 })
  expect(() => compiled({ x: zeros([4]) })).toThrow(/closed/)
})
