import { isView } from "../dtype/float16.ts"
import { showSpec, type Spec } from "../shape/shape.ts"

const isSpecLike = (value: object): value is Spec =>
  "shape" in value && Array.isArray(value.shape) && "dtype" in value && typeof value.dtype === "string"

/** What stands where a tensor was expected, in words: `an array of 3`, `a host array f32[2, 3]`. */
export const describeValue = (value: unknown): string => {
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (isView(value)) return "a typed array"
  if (value === undefined || value === null) return String(value)
  if (typeof value !== "object") return typeof value === "number" ? `the number ${value}` : `a ${typeof value}`
  if (!isSpecLike(value)) return "an object"
  // By its fields: the file of tensors tells by these words what is none.
  if ("op" in value && "inputs" in value) return `a tensor ${showSpec(value)}`
  return `a ${"_tag" in value ? "device array" : "data" in value ? "host array" : "spec"} ${showSpec(value)}`
}

/** What makes a tensor of it. */
export const remedyFor = (value: unknown): string =>
  typeof value === "object" && value !== null && isSpecLike(value)
    ? "inside a program, arrays are its arguments: pass this one when the program runs"
    : "constant([[1, 2], [3, 4]]) makes a tensor of numbers"
