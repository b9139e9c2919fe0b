import type { Tensor } from "../graph/tensor.ts"
import type { Attributes, Op } from "../op/op.ts"
import type { Shape } from "../shape/shape.ts"
import type { Emit } from "./emit.ts"
import { dividing } from "./dividing.ts"
import { wgslType } from "./element.ts"
import { wgsl, type Wgsl } from "./expression.ts"
import { roundHalf } from "./half.ts"
import { atomIndex, constantIndex, delinearize, linearIndex, type Index } from "./indexing.ts"
import { declare, indexText, type Writer } from "./writer.ts"

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
  const divide = dividing(writer)
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
