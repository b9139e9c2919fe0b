import { add, mul, type Device, type HostArray, type Tensor } from "@diva/tensor"
import { scattered } from "./numbers.ts"

/** What the adapter reaches on the two things every kernel is made of. */
export interface Speed {
  /** Bytes read plus bytes written per second by an elementwise kernel over 32 MiB. */
  readonly copyBytesPerSecond: number
  /** Floating-point operations per second of a chain of dependent multiply-adds over 2¹⁸ elements. */
  readonly fmaFlopsPerSecond: number
}

const copyElements = 2 ** 23
const fmaElements = 2 ** 18
const chainLength = 128
const rounds = 5

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const secondsOf = async (device: Device, program: (args: { readonly x: Tensor }) => Tensor, x: HostArray) => {
  const compiled = await device.compile(program, { x: { shape: x.shape, dtype: x.dtype } }, { name: "speed" })
  const given = device.put({ x })
  const times: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const begin = performance.now()
    compiled(given)
    await device.finish()
    times.push((performance.now() - begin) / 1000)
  }
  compiled.dispose()
  given.x[Symbol.dispose]()
  // The first run warms up.
  return median(times.slice(1))
}

const chain = ({ x }: { readonly x: Tensor }): Tensor =>
  Array.from({ length: chainLength }).reduce<Tensor>((value) => add(mul(value, 0.999), 0.5), x)

/** Measures both, medians of five. */
export const measureSpeed = async (device: Device): Promise<Speed> => {
  const copy = await secondsOf(device, ({ x }) => add(x, 1), scattered([copyElements], 8))
  const fma = await secondsOf(device, chain, scattered([fmaElements], 9))
  return {
    copyBytesPerSecond: (2 * 4 * copyElements) / copy,
    fmaFlopsPerSecond: (2 * chainLength * fmaElements) / fma,
  }
}
