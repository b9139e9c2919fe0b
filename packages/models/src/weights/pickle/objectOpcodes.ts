import { construct, instantiate, nameGlobal } from "./constructors.ts"
import { byte, count32, line, pop, popToMark, push, top, type Machine } from "./machine.ts"
import { refuse, refuseGlobal } from "./pickleFault.ts"
import { isKind, itemsOf, type PickleValue } from "./pickleValue.ts"
import type { Opcode } from "./scalarOpcodes.ts"

const remember =
  (index: (machine: Machine) => number): Opcode =>
  (machine) =>
    void machine.memo.set(index(machine), top(machine))

const recall =
  (index: (machine: Machine) => number): Opcode =>
  (machine) => {
    const value = machine.memo.get(index(machine))
    push(machine, value === undefined ? refuse("its pickle refers to something it never made") : value)
  }

const lineIndex = (machine: Machine): number => {
  const digits = line(machine)
  return /^\d{1,9}$/.test(digits) ? Number(digits) : refuse("its pickle refers to something it never made")
}

const argumentsOf = (value: PickleValue): readonly PickleValue[] =>
  itemsOf(value) ?? refuse("its pickle calls something without a tuple of arguments")

const globalOf = (value: PickleValue): string =>
  isKind(value, "global") ? value.name : refuse("its pickle calls something that is not a name")

const reduce: Opcode = (machine) => {
  const args = argumentsOf(pop(machine))
  push(machine, construct(globalOf(pop(machine)), args, machine))
}

const newObject: Opcode = (machine) => {
  const args = argumentsOf(pop(machine))
  push(machine, instantiate(globalOf(pop(machine)), args, machine))
}

const newObjectWithKeywords: Opcode = (machine) => {
  const keywords = pop(machine)
  if (!isKind(keywords, "dict") || keywords.entries.size > 0)
    refuse("its pickle makes an object from named arguments, which this package does not read")
  newObject(machine)
}

const stackGlobal: Opcode = (machine) => {
  const name = pop(machine)
  const module = pop(machine)
  if (typeof name !== "string" || typeof module !== "string")
    return refuse("its pickle names a class by something other than text")
  push(machine, nameGlobal(module, name))
}

/** State beside the contents of a dict or tensor (`_metadata`, hooks) holds no tensors and is dropped. */
const build: Opcode = (machine) => {
  const state = pop(machine)
  const target = top(machine)
  if (isKind(target, "object")) target.state = state
  else if (!isKind(target, "dict", "tensor", "list", "set"))
    refuse("its pickle sets the state of something that has none")
}

const refuseConstructor = (module: string, name: string): never => refuseGlobal(`${module}.${name}`)

/** Instructions about names, instances, memo and things outside the pickle, by their byte. */
export const objectOpcodes: Readonly<Record<string, Opcode>> = {
  c: (machine) => {
    const module = line(machine)
    push(machine, nameGlobal(module, line(machine)))
  },
  "\x93": stackGlobal,
  i: (machine) => refuseConstructor(line(machine), line(machine)),
  o: (machine) => {
    const [of] = popToMark(machine)
    refuseGlobal(of === undefined ? "nothing" : globalOf(of))
  },
  R: reduce,
  "\x81": newObject,
  "\x92": newObjectWithKeywords,
  b: build,
  Q: (machine) => push(machine, machine.persistent(pop(machine))),
  P: (machine) => push(machine, machine.persistent(line(machine))),
  p: remember(lineIndex),
  q: remember(byte),
  r: remember(count32),
  "\x94": remember(({ memo }) => memo.size),
  g: recall(lineIndex),
  h: recall(byte),
  j: recall(count32),
}
