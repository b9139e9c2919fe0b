import { pop, popToMark, push, top, type Machine } from "./machine.ts"
import { refuse } from "./pickleFault.ts"
import { dictOf, isKind, tupleOf, type PickleValue } from "./pickleValue.ts"
import type { Opcode } from "./scalarOpcodes.ts"

const pushTuple = (machine: Machine, items: readonly PickleValue[]): void => push(machine, tupleOf(items))

const tupleOfLast =
  (length: number): Opcode =>
  (machine) =>
    pushTuple(machine, Array.from({ length }, () => pop(machine)).toReversed())

const pairsOf = (flat: readonly PickleValue[]): readonly (readonly [PickleValue, PickleValue])[] =>
  flat.length % 2 === 0
    ? Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] as PickleValue, flat[2 * i + 1] as PickleValue])
    : refuse("it has a dict with a key that lacks a value")

const append = (machine: Machine, items: readonly PickleValue[]): void => {
  const target = top(machine)
  if (!isKind(target, "list", "set", "object"))
    return refuse("its pickle adds items to something that cannot hold them")
  for (const item of items) target.items.push(item)
}

const assign = (machine: Machine, flat: readonly PickleValue[]): void => {
  const target = top(machine)
  if (!isKind(target, "dict", "object")) return refuse("its pickle adds keys to something that cannot have them")
  for (const [key, value] of pairsOf(flat)) target.entries.set(key, value)
}

const assignOne: Opcode = (machine) => {
  const value = pop(machine)
  const key = pop(machine)
  assign(machine, [key, value])
}

/** Instructions that build and fill tuples, lists, sets and dicts, by their byte. */
export const containerOpcodes: Readonly<Record<string, Opcode>> = {
  "(": (machine) => void machine.marks.push(machine.stack.length),
  ")": (machine) => pushTuple(machine, []),
  t: (machine) => pushTuple(machine, popToMark(machine)),
  "\x85": tupleOfLast(1),
  "\x86": tupleOfLast(2),
  "\x87": tupleOfLast(3),
  "]": (machine) => push(machine, { kind: "list", items: [] }),
  l: (machine) => push(machine, { kind: "list", items: popToMark(machine) }),
  a: (machine) => {
    const item = pop(machine)
    append(machine, [item])
  },
  e: (machine) => {
    const items = popToMark(machine)
    append(machine, items)
  },
  "\x8f": (machine) => push(machine, { kind: "set", items: [] }),
  "\x90": (machine) => {
    const items = popToMark(machine)
    append(machine, items)
  },
  "\x91": (machine) => push(machine, { kind: "set", items: popToMark(machine) }),
  "}": (machine) => push(machine, dictOf()),
  d: (machine) => push(machine, dictOf(pairsOf(popToMark(machine)))),
  s: assignOne,
  u: (machine) => {
    const flat = popToMark(machine)
    assign(machine, flat)
  },
  "0": (machine) => {
    // A mark right above counts as the item to drop.
    if (machine.marks.at(-1) === machine.stack.length) machine.marks.pop()
    else pop(machine)
  },
  "1": (machine) => void popToMark(machine),
  "2": (machine) => push(machine, top(machine)),
}
