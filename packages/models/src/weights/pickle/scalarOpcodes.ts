import { byte, count32, count64, line, push, slice, text, advance, type Machine } from "./machine.ts"
import { refuse } from "./pickleFault.ts"
import type { PickleValue } from "./pickleValue.ts"

/** What one instruction does to the machine. */
export type Opcode = (machine: Machine) => void

/** Numbers of weights fit 64 bits; a longer one only costs time. */
const longestInteger = 64

const constant =
  (value: PickleValue): Opcode =>
  (machine) =>
    push(machine, value)

/** Two's complement, little-endian. */
const integer = (bytes: Uint8Array): number | bigint => {
  if (bytes.byteLength > longestInteger) return refuse(`it holds an integer of ${bytes.byteLength} bytes`)
  let value = 0n
  for (let i = bytes.byteLength - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number)
  const signed = BigInt.asIntN(8 * bytes.byteLength, value)
  const narrow = Number(signed)
  return Number.isSafeInteger(narrow) ? narrow : signed
}

const integerText: Opcode = (machine) => {
  const digits = line(machine)
  if (digits === "00" || digits === "01") return push(machine, digits === "01")
  if (!/^-?\d{1,20}L?$/.test(digits)) return refuse("it holds an integer that cannot be read")
  push(machine, Number(digits.replace("L", "")))
}

const floatText: Opcode = (machine) => push(machine, Number(line(machine)))

const quoted = (literal: string): string =>
  /^(["']).*\1$/s.test(literal) ? literal.slice(1, -1) : refuse("it holds a string without quotes")

/** Instructions that push one number, text or constant, by their byte. */
export const scalarOpcodes: Readonly<Record<string, Opcode>> = {
  N: constant(null),
  "\x88": constant(true),
  "\x89": constant(false),
  I: integerText,
  L: integerText,
  J: (machine) => push(machine, machine.view.getInt32(advance(machine, 4), true)),
  K: (machine) => push(machine, byte(machine)),
  M: (machine) => push(machine, machine.view.getUint16(advance(machine, 2), true)),
  "\x8a": (machine) => push(machine, integer(slice(machine, byte(machine)))),
  "\x8b": (machine) => push(machine, integer(slice(machine, count32(machine)))),
  F: floatText,
  G: (machine) => push(machine, machine.view.getFloat64(advance(machine, 8))),
  S: (machine) => push(machine, quoted(line(machine))),
  T: (machine) => push(machine, text(slice(machine, count32(machine)))),
  U: (machine) => push(machine, text(slice(machine, byte(machine)))),
  V: (machine) => push(machine, line(machine)),
  X: (machine) => push(machine, text(slice(machine, count32(machine)))),
  "\x8c": (machine) => push(machine, text(slice(machine, byte(machine)))),
  "\x8d": (machine) => push(machine, text(slice(machine, count64(machine)))),
  B: (machine) => push(machine, slice(machine, count32(machine))),
  C: (machine) => push(machine, slice(machine, byte(machine))),
  "\x8e": (machine) => push(machine, slice(machine, count64(machine))),
  "\x96": (machine) => push(machine, slice(machine, count64(machine))),
}
