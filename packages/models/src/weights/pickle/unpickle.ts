import type { Either } from "fp-ts/lib/Either.js"
import { containerOpcodes } from "./containerOpcodes.ts"
import { byte, count64, machineFor, pop, type Machine, type PersistentLoad } from "./machine.ts"
import { objectOpcodes } from "./objectOpcodes.ts"
import { attemptPickle, refuse, type PickleProblem } from "./pickleFault.ts"
import type { PickleValue } from "./pickleValue.ts"
import { scalarOpcodes, type Opcode } from "./scalarOpcodes.ts"

/** Whole training checkpoints need some hundred thousand; each may make a value of a hundred bytes. */
const maxInstructions = 4_000_000

const highestProtocol = 5

const protocol: Opcode = (machine) => {
  const version = byte(machine)
  if (version > highestProtocol)
    refuse(`its pickle has protocol ${version}; protocols up to ${highestProtocol} are known`)
}

const opcodes: Readonly<Record<string, Opcode>> = {
  ...scalarOpcodes,
  ...containerOpcodes,
  ...objectOpcodes,
  "\x80": protocol,
  "\x95": (machine) => void count64(machine),
}

/** By byte, so that the loop below looks nothing up by text. */
const byByte: readonly (Opcode | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => opcodes[String.fromCharCode(code)],
)

const stop = ".".charCodeAt(0)

const interpret = (machine: Machine): PickleValue => {
  for (let instructions = 0; instructions < maxInstructions; instructions++) {
    const code = byte(machine)
    if (code === stop) return pop(machine)
    const opcode =
      byByte[code] ?? refuse(`its pickle has an unknown instruction 0x${code.toString(16)} at ${machine.at - 1}`)
    opcode(machine)
  }
  return refuse(`its pickle has more than ${maxInstructions} instructions`)
}

/** A value, and where the bytes after its pickle begin. */
export interface Unpickled {
  readonly value: PickleValue
  readonly end: number
}

/**
 * Interprets one pickle (protocols 0 – 5) as data, from byte `at`. It calls a closed list of constructors and nothing
 * else: names are never looked up, instances of other classes are inert records. `persistent` gives what lies outside.
 * Time and memory are bounded by the length of `bytes`.
 * Source: CPython's Lib/pickletools.py, which documents every instruction.
 */
export const unpickle = (bytes: Uint8Array, at: number, persistent: PersistentLoad): Either<PickleProblem, Unpickled> =>
  attemptPickle(() => {
    const machine = machineFor(bytes, at, persistent)
    const value = interpret(machine)
    return { value, end: machine.at }
  })
