// Measures elementary functions on the adapter at hand and notes the result for docs/ops.md: node packages/tensor/docs/accuracy.ts
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { openDevice, type Device } from "../src/device/open.ts"
import { applyOp } from "../src/graph/graph.ts"
import type { Tensor } from "../src/graph/tensor.ts"
import { hostKey, hostRandomBits } from "../src/key/hostKey.ts"
import type { Op } from "../src/op/op.ts"
import type { HostArray } from "../src/host/array.ts"
import { ops } from "../src/ops/registry.ts"

/** The largest error of a function over all it was measured on. */
export interface Accuracy {
  readonly name: string
  /** In units in the last place of the f32 nearest to the exact result. */
  readonly units: number
  /** Where it is. */
  readonly at: readonly number[]
}

/** Arguments of one function, as many as it takes. */
interface Subject {
  readonly name: string
  readonly arguments: readonly Float32Array<ArrayBuffer>[]
  /** Units that it may be off by at most, as the tests hold it to. */
  readonly bound: number
}

const perExponent = 512

const ofBits = (bits: Uint32Array<ArrayBuffer>): Float32Array<ArrayBuffer> => new Float32Array(bits.buffer)

// Of every exponent and both signs: the first and the last number, and random ones between.
const everyExponent = (
  from: number,
  to: number,
  signs: readonly (0 | 1)[],
  seed: number,
): Float32Array<ArrayBuffer> => {
  const exponents = Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const words = exponents.flatMap((exponent) =>
    signs.flatMap((sign) =>
      Array.from({ length: perExponent }, (_, i) => {
        const word = hostRandomBits(hostKey(seed), (exponent * 2 + sign) * perExponent + i)
        const fraction = i === 0 ? 0 : i === 1 ? 0x7fffff : word & 0x7fffff
        return (((sign << 31) | (exponent << 23)) >>> 0) + fraction
      }),
    ),
  )
  return ofBits(Uint32Array.from(words))
}

const both = [0, 1] as const

/** Biased exponents of the smallest normal and of the largest finite numbers. */
const [normal, largest] = [1, 254]

// y so that x^y is spread over all magnitudes that f32 holds.
const exponentsFor = (x: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> =>
  x.map((base, i) => (-126 + 254 * ((i * 0.618034) % 1)) / Math.log2(base))

const divisorsFor = (x: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> =>
  ofBits(Uint32Array.from(x, (_, i) => hostRandomBits(hostKey(99), i) & 0x7f7fffff))

const one = (name: string, x: Float32Array<ArrayBuffer>, bound: number): Subject => ({ name, arguments: [x], bound })

const two = (
  name: string,
  x: Float32Array<ArrayBuffer>,
  second: (x: Float32Array<ArrayBuffer>) => Float32Array<ArrayBuffer>,
  bound: number,
): Subject => ({ name, arguments: [x, second(x)], bound })

/** Every function that is approximated, over every exponent it takes; subnormal arguments where they are read by bits. */
export const subjects = (): readonly Subject[] => {
  const all = everyExponent(normal, largest, both, 1)
  const positive = everyExponent(0, largest, [0], 2).subarray(1)
  const bases = everyExponent(0, largest, [0], 3).filter((x) => x > 0 && x !== 1)
  return [
    one("exp", all, 2),
    one("log", positive, 2),
    one("sin", all, 3),
    one("cos", all, 3),
    one("tan", all, 5),
    one("tanh", all, 2),
    one("logistic", all, 3),
    one("erf", everyExponent(normal + 3, largest, both, 7), 2),
    one("sqrt", everyExponent(normal, largest, [0], 4), 1),
    one("rsqrt", everyExponent(normal, largest, [0], 5), 2),
    two("power", bases, exponentsFor, 4),
    two("remainder", everyExponent(0, largest, both, 6), divisorsFor, 0),
  ]
}

const opNamed = (name: string): Op => ops.find((op) => op.name === name)!

const exactly = ({ name, arguments: given }: Subject): Float64Array => {
  const data = new Float64Array(given[0]!.length)
  const wide = given.map((x) => ({ shape: [x.length], dtype: "f32", data: Float64Array.from(x) }))
  opNamed(name).cpu(
    wide as unknown as readonly HostArray[],
    { shape: [data.length], dtype: "f32", data } as unknown as HostArray,
    {},
  )
  return data
}

const onDevice = async (device: Device, { name, arguments: given }: Subject): Promise<ArrayLike<number>> => {
  const spec = { shape: [given[0]!.length], dtype: "f32" } as const
  using compiled = await device.compile(
    (xs: readonly Tensor[]) => applyOp(opNamed(name), xs, {}),
    given.map(() => spec),
  )
  const result = await device.read(compiled(given.map((data) => ({ ...spec, data }))))
  return (result as unknown as HostArray).data
}

/** The distance of neighbouring f32 at a number. */
const unitAt = (x: number): number => 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23)

const smallest = 2 ** -126

// A result below the smallest normal number may be 0; one beyond the largest must be infinite.
const unitsApart = (got: number, want: number): number => {
  const rounded = Math.fround(want)
  if (Object.is(got, rounded) || got === rounded || (Number.isNaN(got) && Number.isNaN(rounded))) return 0
  if (Math.abs(want) < smallest) return Math.abs(got) <= smallest ? 0 : Infinity
  return Number.isFinite(rounded) ? Math.abs(got - want) / unitAt(want) : Infinity
}

/** Measures one function on a device. */
export const measure = async (device: Device, subject: Subject): Promise<Accuracy> => {
  const [got, want] = [await onDevice(device, subject), exactly(subject)]
  let worst = 0
  let at = 0
  want.forEach((exact, i) => {
    const units = unitsApart(got[i]!, exact)
    if (units <= worst) return
    worst = units
    at = i
  })
  return { name: subject.name, units: worst, at: subject.arguments.map((x) => x[at]!) }
}

const file = new URL("accuracy.json", import.meta.url)

/** What was measured, by adapter. */
export const measured = (): Readonly<Record<string, readonly Accuracy[]>> =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, readonly Accuracy[]>>) : {}

const rounded = ({ name, units, at }: Accuracy): Accuracy => ({
  name,
  units: Math.ceil(units * 100) / 100,
  at: at.map((x) => Number(x.toPrecision(9))),
})

if (import.meta.main) {
  await using device = await openDevice()
  const results: Accuracy[] = []
  for (const subject of subjects()) results.push(rounded(await measure(device, subject)))
  const { vendor, architecture } = device.info
  const key = `${vendor} ${architecture}`
  writeFileSync(file, `${JSON.stringify({ ...measured(), [key]: results }, null, 2)}\n`)
  for (const { name, units, at } of results) process.stdout.write(`${name} ${units} ${at.join(" ")}\n`)
}
