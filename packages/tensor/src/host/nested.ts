import { isView } from "../dtype/float16.ts"
import { hostZeros, holds, type DType, type HostData } from "../dtype/dtype.ts"
import { raise } from "../error.ts"
import { notHeld } from "../dtype/heldNumber.ts"
import type { Shape } from "../shape/shape.ts"

/** Numbers, or arrays of arrays of them that are equally long. */
export type Nested = number | ArrayLike<number> | readonly Nested[]

const refuse = (op: string, rule: string, remedy: string): never => raise({ _tag: "InvalidData", op, rule, remedy })

const isList = (values: Nested): values is ArrayLike<number> | readonly Nested[] =>
  typeof values === "object" && values !== null && "length" in values

/** The shape of nested numbers, found down the first element of each level. */
export const nestedShape = (values: Nested): Shape => {
  if (!isList(values)) return []
  const [first] = [values[0]]
  return first === undefined ? [values.length] : [values.length, ...nestedShape(first)]
}

const flattened = (op: string, values: Nested, shape: Shape): readonly number[] => {
  if (!isList(values))
    return typeof values === "number" && shape.length === 0
      ? [values]
      : refuse(
          op,
          `found ${String(values)} where a number was expected`,
          "pass numbers, or arrays of numbers with one length",
        )
  if (shape.length === 0 || values.length !== shape[0])
    return refuse(
      op,
      `an array of ${values.length} stands where ${shape.length === 0 ? "a number" : `an array of ${shape[0]}`} was expected`,
      "all rows must have the same length",
    )
  return Array.from<Nested>(values).flatMap((inner) => flattened(op, inner, shape.slice(1)))
}

const converted = (op: string, numbers: readonly number[], dtype: DType): HostData => {
  for (const value of numbers) {
    const refused = notHeld(value, dtype)
    if (refused !== null) raise({ _tag: "InvalidData", op, ...refused })
  }
  const data = hostZeros(dtype, numbers.length)
  data.set(numbers)
  return data
}

/**
 * Numbers as the host storage of `dtype`; a typed array that is this storage already stays as it is. Throws `InvalidData` for rows
 * that differ in length and for a number that the element type does not hold.
 */
export const hostDataOf = (op: string, values: Nested, dtype: DType): HostData =>
  isView(values) && holds(values as HostData, dtype)
    ? (values as HostData)
    : converted(op, flattened(op, values, nestedShape(values)), dtype)
