import { expect } from "vitest"
import { create, globals } from "webgpu"
import type { CompileOptions } from "../../src/device/programs/compile.ts"
import type { Op } from "../../src/op/op.ts"
import type { HostArray } from "../../src/host/array.ts"
import { argumentsRecord, expected, program, quickCasesOf, type Case } from "../ops/deviceCases.ts"
import { expectClose } from "../ops/tolerance.ts"
import { deviceOn, openDevice, type Device, type OpenOptions } from "../../src/device/open.ts"
import { raisedLimits } from "../../src/device/adapter.ts"
import { guardedGpu, type Harm } from "./guardedGpu.ts"

/** A device that clamps every index, and whose buffers end in guards. */
export interface GuardedDevice {
  readonly device: Device
  /** The device below, for shaders of a test's own. */
  readonly gpu: GPUDevice
  readonly harm: () => Promise<readonly Harm[]>
  readonly close: () => Promise<void>
}

// Where a driver checks accesses, Dawn leaves clamping of storage buffers to it: not here.
const clamping = ["disable-dawn-features=vulkan_use_buffer_robust_access_2,vulkan_use_image_robust_access_2"]

// Dawn's instance must outlive its devices.
const instances: GPU[] = []

/** Opens this machine's adapter guarded, for the limits and features that it has otherwise. */
export const openGuarded = async (options: OpenOptions = {}): Promise<GuardedDevice> => {
  await using usual = await openDevice({ ...options, without: [...(options.without ?? []), "unclamped-indices"] })
  const { info } = usual
  Object.assign(globalThis, globals)
  const api = create(clamping) as unknown as GPU
  const adapter = (await api.requestAdapter())!
  const requiredFeatures = info.features.filter((name) => adapter.features.has(name)) as GPUFeatureName[]
  const requiredLimits = Object.fromEntries(
    raisedLimits.flatMap((name) => (info.limits[name] === undefined ? [] : [[name, info.limits[name]]])),
  )
  const real = await adapter.requestDevice({ requiredFeatures, requiredLimits })
  const { gpu, harm } = guardedGpu(real)
  const device = deviceOn({ gpu, facts: info, selfTests: [] }, options)
  instances.push(api)
  const close = (): Promise<void> => device.close()
  return { device, gpu, harm, close }
}

export interface Expected extends CompileOptions {
  /** The largest error beside the largest number. Default: what rounding leaves. */
  readonly near?: number
  /** Default: all of the op but what pointwise ops of one arity have in common. */
  readonly cases?: readonly Case[]
}

/** Runs cases of an op: guards must stay untouched, and numbers be right. */
export const expectWithin = async (
  { device, harm }: GuardedDevice,
  op: Op,
  { near, cases = quickCasesOf(op), ...options }: Expected = {},
): Promise<void> => {
  const specs = argumentsRecord(cases, ({ shape, dtype }) => ({ shape, dtype }))
  using compiled = await device.compile(program(op, cases), specs, options)
  const got = (await device.read(compiled(argumentsRecord(cases, (value) => value)))) as readonly HostArray[]
  const want = expected(op, cases)
  for (const [i, { title }] of cases.entries())
    if (near === undefined) expectClose(op, title, got[i]!, want[i]!)
    else expect(relativeError(got[i]!, want[i]!), title).toBeLessThan(near)
  expect(await harm(), op.name).toEqual([])
}

/** Runs cases one by one: kernels that share a launch take compilers much longer than each alone. */
export const expectEachWithin = async (
  guarded: GuardedDevice,
  op: Op,
  cases: readonly Case[],
  options: CompileOptions & Pick<Expected, "near">,
): Promise<void> => {
  for (const one of cases) await expectWithin(guarded, op, { ...options, cases: [one] })
}

/** The largest error beside the largest number; infinite where one is no number. */
const relativeError = (got: HostArray, want: HostArray): number => {
  let [error, largest] = [0, 1e-30]
  for (const [i, exact] of want.data.entries()) {
    const apart = Math.abs(got.data[i]! - exact)
    error = Number.isNaN(apart) ? Infinity : Math.max(error, apart)
    largest = Math.max(largest, Math.abs(exact))
  }
  return error / largest
}
