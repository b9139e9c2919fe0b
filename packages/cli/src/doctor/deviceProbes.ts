import { type Device, type HostArray, counted, iota, key, mul, normal, randomBits } from "@diva/tensor"
import { showCount } from "../text/number.ts"
import { comparison } from "./arithmeticProbes.ts"
import { differingElements } from "./numbers.ts"
import { runOnce, type Finding, type Probe } from "./probe.ts"

/** More workgroups of 256 than one axis of a dispatch may have. */
const wideElements = 65_537 * 256

const wideDispatch: Probe = {
  name: "more than 65,535 workgroups",
  remedy: "update the graphics driver: it drops workgroups beyond the first axis of a dispatch",
  run: async (device) => {
    const { out } = await runOnce(device, () => ({ out: mul(iota([wideElements], 0, "u32"), 3) }), {})
    const data = (out as unknown as HostArray).data
    let wrong = 0
    for (let i = 0; i < wideElements; i++) if (data[i] !== 3 * i) wrong++
    return {
      passed: wrong === 0 && data.length === wideElements,
      measured: wrong === 0 ? `${showCount(wideElements)} elements right` : `${showCount(wrong)} elements wrong`,
    }
  },
}

const roundTripBits = Uint32Array.from({ length: 100_003 }, (_, i) => Math.imul(i, 2654435761) >>> 0)

const roundTrip: Probe = {
  name: "upload and read back",
  remedy: "free memory, close programs that use the GPU, and update the graphics driver",
  run: async (device) => {
    const sent: HostArray = { shape: [roundTripBits.length], dtype: "u32", data: roundTripBits }
    const array = device.put({ sent })
    const received = (await device.read(array)).sent as unknown as HostArray
    array.sent[Symbol.dispose]()
    const differing = differingElements(received, sent)
    return {
      passed: differing === 0,
      measured: differing === 0 ? "every bit" : `${counted(differing, "number")} changed`,
    }
  },
}

/** Memory that a program took is given back when it is disposed. */
const memoryReturns: Probe = {
  name: "memory is given back",
  remedy: "report it with the output of diva doctor --json: a long run would fill the device",
  run: async (device) => {
    const before = device.live()
    await runOnce(device, () => ({ out: iota([1024], 0, "f32") }), {})
    return leakBetween(before, device)
  },
}

const leakBetween = (before: ReturnType<Device["live"]>, device: Device): Finding => {
  const after = device.live()
  const buffers = after.buffers - before.buffers
  return { passed: buffers <= 0, measured: buffers <= 0 ? "nothing kept" : `${counted(buffers, "buffer")} kept` }
}

/** What the device does around kernels, and numbers that must be the same on every adapter. */
export const deviceProbes: readonly Probe[] = [
  roundTrip,
  comparison({
    name: "random bits",
    program: () => randomBits(key(42), [4_099]),
    args: {},
    allowed: 0,
  }),
  comparison({
    name: "normal numbers",
    program: () => normal(key(7), [2_053]),
    args: {},
    allowed: 1e-5,
  }),
  wideDispatch,
  memoryReturns,
]
