import { ended, refuse } from "./pickleFault.ts"
import type { PickleValue } from "./pickleValue.ts"

/** Turns the identity of something outside the pickle into a value. */
export type PersistentLoad = (identity: PickleValue) => PickleValue

/** The state of an interpretation: program, position, stack with marks, memo. */
export interface Machine {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly persistent: PersistentLoad
  readonly marks: number[]
  readonly stack: PickleValue[]
  readonly memo: Map<number, PickleValue>
  at: number
  /** Items copied by constructors so far. */
  copied: number
}

export const machineFor = (bytes: Uint8Array, at: number, persistent: PersistentLoad): Machine => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  persistent,
  marks: [],
  stack: [],
  memo: new Map(),
  at,
  copied: 0,
})

/** The position of the next `length` bytes, which are then passed. */
export const advance = (machine: Machine, length: number): number => {
  const { at, bytes } = machine
  if (length > bytes.byteLength - at) return ended()
  machine.at = at + length
  return at
}

export const byte = (machine: Machine): number => machine.bytes[advance(machine, 1)] as number

export const count32 = (machine: Machine): number => machine.view.getUint32(advance(machine, 4), true)

/** A length of eight bytes; one beyond any file ends the reading. */
export const count64 = (machine: Machine): number => {
  const length = machine.view.getBigUint64(advance(machine, 8), true)
  return length > BigInt(machine.bytes.byteLength) ? ended() : Number(length)
}

export const slice = (machine: Machine, length: number): Uint8Array => {
  const at = advance(machine, length)
  return machine.bytes.subarray(at, at + length)
}

export const text = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)

const longestLine = 4096

/** The text up to the next line break, which is passed too. */
export const line = (machine: Machine): string => {
  const end = machine.bytes.subarray(machine.at, machine.at + longestLine).indexOf(10)
  if (end < 0)
    return machine.bytes.byteLength - machine.at < longestLine ? ended() : refuse("it has a line without an end")
  return text(slice(machine, end + 1).subarray(0, end))
}

export const push = (machine: Machine, value: PickleValue): void => {
  machine.stack.push(value)
}

const base = (machine: Machine): number => machine.marks.at(-1) ?? 0

/** Takes the top of the stack; a mark hides what lies below it. */
export const pop = (machine: Machine): PickleValue =>
  machine.stack.length > base(machine)
    ? (machine.stack.pop() as PickleValue)
    : refuse("its pickle pops from an empty stack")

export const top = (machine: Machine): PickleValue =>
  machine.stack.length > base(machine)
    ? (machine.stack.at(-1) as PickleValue)
    : refuse("its pickle reads an empty stack")

/** Takes everything above the last mark, and the mark. */
export const popToMark = (machine: Machine): PickleValue[] => {
  const mark = machine.marks.pop()
  return mark === undefined ? refuse("its pickle lacks a mark") : machine.stack.splice(mark)
}

const maxCopied = 4_000_000

/** Counts items that a constructor copies: a small pickle could ask for the same large copy again and again. */
export const spend = (machine: Machine, items: number): void => {
  machine.copied += items
  if (machine.copied > maxCopied) refuse(`its pickle copies more than ${maxCopied} items`)
}
