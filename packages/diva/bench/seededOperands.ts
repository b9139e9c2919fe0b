import { mapTree, sizeOf, type Device, type HostArray, type Spec } from "@diva/tensor"

const isSpec = (value: unknown): value is Spec => typeof value === "object" && value !== null && "dtype" in value

// Numbers repeat after so many: drawing a billion would take longer than the step that reads them.
const period = 65_536

/** Fills `array` with `value(0)` … over and over. */
const repeat = <A extends Float32Array | Float16Array | Int32Array | Uint32Array>(
  array: A,
  value: (i: number) => number,
): A => {
  const first = Math.min(array.length, period)
  for (let i = 0; i < first; i++) array[i] = value(i)
  for (let i = first; i < array.length; i += period) array.copyWithin(i, 0, Math.min(period, array.length - i))
  return array
}

// Weights of unit gain and norms of 1, so that activations neither vanish nor overflow on their way through a network.
const fill = ({ shape, dtype }: Spec, path: string, next: () => number): HostArray => {
  const size = sizeOf(shape)
  if (dtype === "i32") return { shape, dtype, data: new Int32Array(size).fill(500) }
  if (dtype === "u32") return { shape, dtype, data: new Uint32Array(size).fill(7) }
  const data = dtype === "f16" ? new Float16Array(size) : new Float32Array(size)
  if (path.startsWith("gradientSum")) return { shape, dtype, data } as HostArray
  const isNorm = /norm|ln_/.test(path) && path.endsWith("weight")
  const fanIn = shape.slice(1).reduce((product, extent) => product * extent, 1)
  const isData = /^(x|images|context)$/.test(path)
  const scale = isData ? 1 : shape.length > 1 ? 1 / Math.sqrt(fanIn) : 0.02
  return { shape, dtype, data: repeat(data, () => (isNorm ? 1 : 1.7 * scale * next())) } as HostArray
}

/** Arrays on the device for all specs, of numbers that repeat between runs, put one at a time. */
export const seededOperands = (device: Device, specs: unknown): unknown => {
  let state = 1
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  return mapTree(specs, isSpec, (spec, path) => device.put(fill(spec, path, next)))
}
