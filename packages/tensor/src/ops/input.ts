import { isView } from "../float16.ts"
import * as E from "fp-ts/lib/Either.js"
import { raise } from "../error.ts"
import { applyOp, type Tensor } from "../graph.ts"
import { hostZeros, holds, type DType, type HostData } from "../dtype.ts"
import { notHeld } from "../heldNumber.ts"
import type { Op } from "../op.ts"
import { sizeOf, type Shape, type Spec } from "../shape.ts"

export interface InputAttributes extends Readonly<Record<string, unknown>> {
  readonly spec: Spec
  /** Path of the leaf in the program's arguments. */
  readonly path: string
}

export const inputOp: Op<InputAttributes> = {
  name: "input",
  doc: "input(spec, path): an argument of a program",
  gives: (_inputs, { spec }) => E.right(spec),
  cpu: (_inputs, _output, { path }) =>
    raise({
      _tag: "InvalidData",
      op: "input",
      rule: `no value was given for "${path}"`,
      remedy: "pass every leaf of the program's arguments",
    }),
  lowering: { kind: "source" },
  vjp: () => [],
  flops: () => 0,
  shows: [],
  samples: [],
  except: { gpu: "is not computed" },
}

/** A program argument: known by shape, type and path only. */
export const input = (spec: Spec, path: string): Tensor => applyOp(inputOp, [], { spec, path })

export interface ConstantAttributes extends Readonly<Record<string, unknown>> {
  readonly spec: Spec
  readonly data: HostData
}

export const constantOp: Op<ConstantAttributes> = {
  name: "constant",
  doc: "constant(data, shape): numbers known while describing",
  gives: (_inputs, { spec, data }) =>
    data.length === sizeOf(spec.shape)
      ? E.right(spec)
      : E.left({
          _tag: "InvalidData",
          op: "constant",
          rule: `[${spec.shape.join(", ")}] has ${sizeOf(spec.shape)} elements, data has ${data.length}`,
          remedy: "pass the shape the data has",
        }),
  cpu: (_inputs, output, { data }) => output.data.set(data),
  lowering: { kind: "source" },
  vjp: () => [],
  flops: () => 0,
  shows: [
    {
      inputs: [],
      attributes: { spec: { shape: [2], dtype: "f32" }, data: new Float32Array([1, 2]) },
      output: { shape: [2], values: [1, 2] },
    },
  ],
  samples: [
    {
      inputs: [],
      attributes: { spec: { shape: [2, 3], dtype: "f32" }, data: new Float32Array([1, -2, 3, 0.5, 7, 9]) },
    },
    { inputs: [], attributes: { spec: { shape: [3], dtype: "u32" }, data: new Uint32Array([0, 4294967295, 7]) } },
  ],
}

/** Numbers, or arrays of arrays of them that are equally long. */
export type Nested = number | ArrayLike<number> | readonly Nested[]

const refuse = (rule: string, remedy: string): never => raise({ _tag: "InvalidData", op: "constant", rule, remedy })

const isList = (values: Nested): values is ArrayLike<number> | readonly Nested[] =>
  typeof values === "object" && values !== null && "length" in values

// Down the first element of each level.
const nestedShape = (values: Nested): Shape => {
  if (!isList(values)) return []
  const [first] = [values[0]]
  return first === undefined ? [values.length] : [values.length, ...nestedShape(first)]
}

const flattened = (values: Nested, shape: Shape): readonly number[] => {
  if (!isList(values))
    return typeof values === "number" && shape.length === 0
      ? [values]
      : refuse(`${String(values)} stands where a number was expected`, "pass numbers, or arrays of them of one length")
  if (shape.length === 0 || values.length !== shape[0])
    return refuse(
      `an array of ${values.length} stands where ${shape.length === 0 ? "a number" : `an array of ${shape[0]}`} was expected`,
      "all rows have one length",
    )
  return Array.from<Nested>(values).flatMap((inner) => flattened(inner, shape.slice(1)))
}

const converted = (numbers: readonly number[], dtype: DType): HostData => {
  for (const value of numbers) {
    const refused = notHeld(value, dtype)
    if (refused !== null) raise({ _tag: "InvalidData", op: "constant", ...refused })
  }
  const data = hostZeros(dtype, numbers.length)
  data.set(numbers)
  return data
}

/**
 * Numbers as a tensor, f32 unless told: a list of them with a shape (that of the list by default), or nested lists that have one. Use for small tables; pass large arrays as program arguments. Throws `InvalidData` if
 * sizes disagree, and for a number that the element type does not hold.
 */
export const constant = (values: Nested, shape?: Shape, dtype: DType = "f32"): Tensor => {
  const found = nestedShape(values)
  const typed = isView(values) && holds(values as HostData, dtype)
  const data = typed ? (values as HostData) : converted(flattened(values, found), dtype)
  return applyOp(constantOp, [], { spec: { shape: shape ?? found, dtype }, data })
}
