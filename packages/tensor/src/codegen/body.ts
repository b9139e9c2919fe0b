import type { Tensor } from "../graph/graph.ts"
import type { Attributes, Op } from "../op/op.ts"
import type { Shape } from "../shape/shape.ts"
import type { Emit } from "./emit.ts"
import {
  addIndex,
  atomIndex,
  constantIndex,
  delinearize,
  inUnits,
  splitDivision,
  linearIndex,
  rejoin,
  maxIndex,
  scaleIndex,
  type Index,
} from "./indexing.ts"
import { chain, statement, isName, wgsl, type Wgsl } from "./expression.ts"
import { quotientText } from "./division.ts"
import { wgslType } from "./element.ts"
import { roundHalf } from "./half.ts"

/** A range of positions that an emitted function walks: a u32 variable and the shape its values are coordinates of. */
export interface Space {
  readonly variable: string
  readonly shape: Shape
}

/**
 * One coordinate per axis of `space`; axes of extent 1 are the constant 0. That of a single element is the variable all the same: its
 * code is then that of many elements.
 */
export const coordinatesOf = ({ variable, shape }: Space): readonly Index[] => {
  let axis = 0
  if (shape.length > 0 && shape.every((extent) => extent === 1)) {
    const only: Index = {
      terms: [{ atom: { name: `${variable}_0`, extent: 1, axis: { space: variable, axis } }, coefficient: 1 }],
      offset: 0,
    }
    return shape.map((_, i) => (i === shape.length - 1 ? only : constantIndex(0)))
  }
  return shape.map((extent) =>
    extent === 1
      ? constantIndex(0)
      : atomIndex({ name: `${variable}_${axis}`, extent, axis: { space: variable, axis: axis++ } }),
  )
}

/**
 * How the body of a kernel reads the element at a row-major position of a tensor that is not computed inside it; `null`
 * for one that is.
 */
export type Boundary = (tensor: Tensor, position: Index, emit: Pick<Emit, "text" | "name">) => Wgsl | null

// Reshapes keep the row-major position, so what lies below them is read without splitting it into coordinates.
const readBelow = (
  boundary: Boundary,
  tensor: Tensor,
  index: readonly Index[],
  emit: Pick<Emit, "text" | "name">,
): Wgsl | null => {
  const position = linearIndex(index, tensor.shape)
  let below = tensor
  let read = boundary(below, position, emit)
  while (read === null && below.op.name === "reshape") {
    below = below.inputs[0]!
    read = boundary(below, position, emit)
  }
  return read
}

export interface Body {
  /** WGSL expression of one element of `tensor`. */
  readonly value: (tensor: Tensor, index: readonly Index[]) => Wgsl
  readonly text: (index: Index) => Wgsl
  /** Splits a row-major position into coordinates. */
  readonly split: (position: Index, shape: Shape) => readonly Index[]
  /** Statements that the expressions refer to, in order. */
  readonly lines: readonly string[]
  /** WGSL functions that the statements call. */
  readonly functions: ReadonlySet<string>
}

interface Division {
  readonly quotient: Index
  readonly remainder: Index
}

interface Writer {
  readonly lines: string[]
  readonly names: Map<string, Wgsl>
  readonly extents: ReadonlyMap<string, readonly number[]>
  /** Variables that change outside of the loop the statements are for, and what is computed from nothing else. */
  readonly fixed: Set<string>
}

const declare = (writer: Writer, key: string, type: string, expression: Wgsl): Wgsl => {
  const held = writer.names.get(key)
  if (held !== undefined) return held
  const name = wgsl`v${writer.names.size}`
  writer.names.set(key, name)
  writer.lines.push(statement`let ${name}: ${type} = ${expression};`)
  return name
}

// The joint row-major position of neighbouring axes first…last of a space: one division and one remainder at most.
const joinedCoordinate = (writer: Writer, space: string, first: number, last: number): Wgsl => {
  const extents = writer.extents.get(space)!
  const inner = extents.slice(last + 1).reduce((size, extent) => size * extent, 1)
  const range = extents.slice(first, last + 1).reduce((size, extent) => size * extent, 1)
  const size = extents.reduce((product, extent) => product * extent, 1)
  const variable = wgsl`${space}`
  const whole =
    inner === 1 ? variable : declare(writer, `${space}/${inner}`, "u32", quotientText(variable, inner, size - 1))
  if (first === 0) return whole
  const above = declare(writer, `${space}/${inner * range}`, "u32", quotientText(variable, inner * range, size - 1))
  return declare(writer, `${space}:${first}:${last}`, "u32", wgsl`${whole} - ${above} * ${range}u`)
}

interface Run {
  readonly space: string
  readonly first: number
  readonly last: number
  readonly coefficient: number
}

// Neighbouring axes whose coefficients fit together (outer = inner · extent) read as one joint coordinate.
const runsOf = (index: Index, extents: Writer["extents"]): readonly Run[] => {
  const axes = index.terms
    .filter(({ atom }) => atom.axis !== undefined)
    .map(({ atom, coefficient }) => ({ ...atom.axis!, coefficient }))
    .toSorted((a, b) => (a.space === b.space ? a.axis - b.axis : a.space < b.space ? -1 : 1))
  const runs: Run[] = []
  for (const { space, axis, coefficient } of axes) {
    const run = runs.at(-1)
    const joins =
      run !== undefined &&
      run.space === space &&
      run.last === axis - 1 &&
      run.coefficient === coefficient * extents.get(space)![axis]!
    if (joins) runs[runs.length - 1] = { ...run, last: axis, coefficient }
    else runs.push({ space, first: axis, last: axis, coefficient })
  }
  return runs
}

const scaled = (expression: Wgsl, coefficient: number): Wgsl =>
  coefficient === 1 ? expression : wgsl`${expression} * ${coefficient}u`

const named = (writer: Writer, index: Index): Wgsl => {
  const sum = sumText(writer, index)
  return isName(sum) ? sum : declare(writer, `index:${sum.text}`, "u32", sum)
}

const isFixed = ({ fixed }: Writer, { terms }: Index): boolean =>
  fixed.size > 0 && terms.length > 0 && terms.every(({ atom }) => fixed.has(atom.name))

// What stays the same in a loop is named, so that it can be computed before it; what neighbours share is named once.
const indexText = (writer: Writer, parts: Index): Wgsl => {
  const index = rejoin(parts)
  const fixed = index.terms.filter(({ atom }) => writer.fixed.has(atom.name))
  if (fixed.length === 0 || fixed.length === index.terms.length) return sumText(writer, index)
  const base = named(writer, { terms: fixed, offset: 0 })
  const start =
    index.offset === 0 ? base : declare(writer, `${base.text}+${index.offset}`, "u32", wgsl`${base} + ${index.offset}u`)
  return wgsl`${start} + ${named(writer, { terms: index.terms.filter((term) => !fixed.includes(term)), offset: 0 })}`
}

// Loop variables first, then values in the order they were named: sums of the same terms read the same.
const byName = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1)

const sumText = (writer: Writer, index: Index): Wgsl => {
  const joined = runsOf(index, writer.extents).map(({ space, first, last, coefficient }) =>
    scaled(joinedCoordinate(writer, space, first, last), coefficient),
  )
  const free = index.terms
    .filter(({ atom }) => atom.axis === undefined)
    .toSorted((a, b) => byName(a.atom.name, b.atom.name))
    .map(({ atom, coefficient }) => scaled(wgsl`${atom.name}`, coefficient))
  const summands = [...joined, ...free, ...(index.offset === 0 ? [] : [wgsl`${index.offset}u`])]
  return summands.length === 0 ? wgsl`0u` : chain("+", summands)
}

const indexKey = (index: readonly Index[]): string =>
  index
    .map(({ terms, offset }) =>
      [...terms.map(({ atom, coefficient }) => `${atom.name}*${coefficient}`).toSorted(), offset].join("+"),
    )
    .join(",")

/**
 * Writes the elements of expressions as straight-line WGSL over the coordinates of `spaces`. Equal elements are written
 * once. Variables named in `fixed` change outside of the loop the statements are for.
 */
export const createBody = (
  spaces: readonly Space[],
  boundary: Boundary,
  fixed: ReadonlySet<string> = new Set(),
): Body => {
  const extents = new Map(spaces.map(({ variable, shape }) => [variable, shape.filter((extent) => extent !== 1)]))
  const writer: Writer = { lines: [], names: new Map(), extents, fixed: new Set(fixed) }
  const functions = new Set<string>()
  const memo = new Map<string, Wgsl>()
  const text = (index: Index): Wgsl => indexText(writer, index)
  const bind = (expression: Wgsl, extent: number): Index =>
    atomIndex({ name: declare(writer, `bind:${expression.text}`, "u32", expression).text, extent })
  const divide = (index: Index, divisor: number): Division => {
    const { whole, rest } = splitDivision(rejoin(index), divisor)
    if (maxIndex(rest) < divisor) return { quotient: whole, remainder: rest }
    // Neighbours that share all but a part below the common unit share the division too.
    const { unit, inner, offset } = inUnits(rest, divisor)
    const { quotient, remainder } = divideWhole(inner, divisor / unit)
    return {
      quotient: addIndex(whole, quotient),
      remainder: addIndex(scaleIndex(remainder, unit), constantIndex(offset)),
    }
  }
  const divideWhole = (rest: Index, divisor: number): Division => {
    if (maxIndex(rest) < divisor) return { quotient: constantIndex(0), remainder: rest }
    const dividend = text(rest)
    const key = dividend.text
    const part = (kind: "quotient" | "remainder") => ({ of: rest, key, divisor, kind })
    const above = quotientName(rest, divisor)
    const below = declare(writer, `${key} mod ${divisor}`, "u32", wgsl`${dividend} - ${above} * ${divisor}u`)
    if (isFixed(writer, rest)) for (const name of [above, below]) writer.fixed.add(name.text)
    const quotient = atomIndex({
      name: above.text,
      extent: Math.floor(maxIndex(rest) / divisor) + 1,
      part: part("quotient"),
    })
    return { quotient, remainder: atomIndex({ name: below.text, extent: divisor, part: part("remainder") }) }
  }
  // The quotient of a quotient is one division of what was divided first.
  const quotientName = (rest: Index, divisor: number): Wgsl => {
    const [term, ...others] = rest.terms
    const inner = term?.atom.part
    const nested = inner?.kind === "quotient" && others.length === 0 && term?.coefficient === 1 && rest.offset === 0
    if (nested) return quotientName(inner.of, inner.divisor * divisor)
    const dividend = text(rest)
    return declare(writer, `${dividend.text} / ${divisor}`, "u32", quotientText(dividend, divisor, maxIndex(rest)))
  }
  const split = (position: Index, shape: Shape) => delinearize(position, shape, divide)
  const name = (type: string, expression: Wgsl): Wgsl =>
    declare(writer, `name:${type}:${expression.text}`, type, expression)
  const emitFor = (tensor: Tensor): Emit => ({
    read: (input, index) => value(tensor.inputs[input]!, index),
    text,
    bind,
    name,
    split,
  })
  const halfOf = (expression: Wgsl): Wgsl => {
    functions.add(roundHalf)
    return wgsl`round_half(${expression})`
  }
  const compute = (tensor: Tensor, index: readonly Index[]): Wgsl => {
    const { lowering } = tensor.op as unknown as Op<Attributes>
    if (lowering.kind === "alias") return value(tensor.inputs[0]!, index)
    if (lowering.kind !== "pointwise" && lowering.kind !== "inline")
      throw new Error(`${tensor.op.name} has no inline form`)
    const expression =
      lowering.kind === "pointwise"
        ? lowering.wgsl(
            tensor.inputs.map((input) => value(input, index)),
            tensor.attributes,
            tensor.inputs,
          )
        : lowering.emit(emitFor(tensor), index, tensor.attributes, tensor.inputs, tensor)
    const called = lowering.functions ?? []
    if (lowering.kind === "inline" || called.some((text) => callsOne(expression, text)))
      for (const text of called) functions.add(text)
    const rounded = tensor.dtype === "f16" && !isRead(tensor) ? halfOf(expression) : expression
    return rounded.text.length < 24 && /^\w+(\.[xyzw])?$/.test(rounded.text)
      ? rounded
      : declare(writer, `expr:${rounded.text}`, wgslType(tensor.dtype), rounded)
  }
  const value = (tensor: Tensor, index: readonly Index[]): Wgsl => {
    const key = `${tensor.id}@${indexKey(index)}`
    const held = memo.get(key)
    if (held !== undefined) return held
    const found = readBelow(boundary, tensor, index, { text, name }) ?? compute(tensor, index)
    memo.set(key, found)
    return found
  }
  return { value, text, split, lines: writer.lines, functions }
}

// Ops that call functions for some element types or operands only bring none where they call none.
const callsOne = ({ text }: Wgsl, definitions: string): boolean =>
  namesDefined(definitions).some((name) => text.includes(`${name}(`))

const defined = new Map<string, readonly string[]>()

const namesDefined = (definitions: string): readonly string[] => {
  const held = defined.get(definitions)
  if (held !== undefined) return held
  const names = [...definitions.matchAll(/\bfn (\w+)\(/g)].map(([, name]) => name!)
  defined.set(definitions, names)
  return names
}

// Movement of an f16 value needs no rounding: it is one already.
const isRead = (tensor: Tensor): boolean => {
  const { lowering } = tensor.op as unknown as Op<Attributes>
  return lowering.kind === "inline" && lowering.view !== undefined
}
