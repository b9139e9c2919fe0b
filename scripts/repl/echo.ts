import { inspect, type InspectOptions } from "node:util"
import {
  isDeviceArray,
  isHostArray,
  isTensor,
  isTensorError,
  showValues,
  type Device,
  type DeviceArray,
  type HostArray,
  type Tensor,
} from "@diva/tensor"

type Numbers = Tensor | DeviceArray | HostArray

const isNumbers = (value: unknown): value is Numbers => isTensor(value) || isDeviceArray(value) || isHostArray(value)

/** The numbers of what was typed: constant expressions are computed on the device, arrays that lie there are read. */
const numbersOf = async (device: Device, value: Numbers): Promise<HostArray> => {
  if (isHostArray(value)) return value
  if (isDeviceArray(value)) return value.read()
  using run = device.jit(() => ({ value }), { name: "shown" })
  return await (await run()).value.read()
}

/** A value that prints as a text. */
const printing = (text: string): object => ({ [inspect.custom]: () => text })

const isPlain = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === Object.prototype
}

const textOf = async (device: Device, value: Numbers): Promise<string> => {
  try {
    return showValues(await numbersOf(device, value))
  } catch (error) {
    // An expression of a program's arguments has no numbers, an array may be gone: it says of itself what it is.
    if (isTensorError(error)) return inspect(value)
    throw error
  }
}

const leavesIn = (value: unknown, depth: number): readonly Numbers[] => {
  if (isNumbers(value)) return [value]
  return isPlain(value) && depth > 0 ? Object.values(value).flatMap((inner) => leavesIn(inner, depth - 1)) : []
}

const replaced = (value: unknown, texts: ReadonlyMap<Numbers, object>, depth: number): unknown => {
  if (isNumbers(value)) return texts.get(value)
  if (!isPlain(value) || depth === 0) return value
  const entries = Object.entries(value).map(([name, inner]) => [name, replaced(inner, texts, depth - 1)] as const)
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)
}

/** Levels of records and arrays that are looked through for tensors; beyond it they print as expressions. */
const depth = 4

/** What the interactive mode prints for a value: tensors and arrays as their numbers, wherever they stand in it. */
export const echoOf = async (device: Device, value: unknown): Promise<unknown> => {
  const leaves = leavesIn(value, depth)
  if (leaves.length === 0) return value
  const texts = await Promise.all(leaves.map(async (leaf) => [leaf, printing(await textOf(device, leaf))] as const))
  return replaced(value, new Map(texts), depth)
}

/** Prints a value; an error of the library as its text, without a stack of the console's own. */
export const written = (value: unknown, options: InspectOptions): string =>
  isTensorError(value) ? value.message : inspect(value, options)
