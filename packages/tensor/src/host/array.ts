import { isView } from "../dtype/float16.ts"
import type { DType, HostData } from "../dtype/dtype.ts"
import { raise } from "../error.ts"
import { sizeOf, showSpec, type Shape, type Spec } from "../shape/shape.ts"
import { inspect } from "../text/inspect.ts"
import { showNumbers } from "../text/numbers.ts"
import { hostDataOf, type Nested } from "./nested.ts"

/** A host-side tensor: what the CPU reference computes on, what is uploaded and read back. */
export interface HostArray extends Spec {
  readonly data: HostData
}

export const isHostArray = (value: unknown): value is HostArray =>
  typeof value === "object" &&
  value !== null &&
  "data" in value &&
  "shape" in value &&
  "dtype" in value &&
  isView(value.data)

// What prints itself is a method, and a method on each array would be compared, copied and stored with its numbers.
class Printing implements HostArray {
  readonly shape: Shape
  readonly dtype: DType
  readonly data: HostData

  constructor({ shape, dtype }: Spec, data: HostData) {
    this.shape = shape
    this.dtype = dtype
    this.data = data
  }

  [inspect](): string {
    return `${showSpec(this)} ${this.shape.length > 1 ? "\n" : ""}${showNumbers(this.data, this.shape)}`
  }
}

/** Numbers with their shape and element type; consoles print them as rows. */
export const hostArray = (spec: Spec, data: HostData): HostArray => new Printing(spec, data)

/** Makes specs and arrays of one element type. */
export interface Typed<D extends DType> {
  /** A spec: what a program is compiled for. */
  (shape: Shape): { readonly shape: Shape; readonly dtype: D }
  /** Numbers on the host: what is put on a device. A typed array of the type's storage is used as it is. */
  (shape: Shape, data: Nested): HostArray & { readonly dtype: D }
}

const ofType = <D extends DType>(dtype: D): Typed<D> =>
  ((shape: Shape, values?: Nested) => {
    if (values === undefined) return { shape, dtype }
    const data = hostDataOf(dtype, values, dtype)
    if (data.length === sizeOf(shape)) return hostArray({ shape, dtype }, data)
    return raise({
      _tag: "InvalidData",
      op: dtype,
      rule: `[${shape.join(", ")}] has ${sizeOf(shape)} elements, data has ${data.length}`,
      remedy: "pass the shape the data has",
    })
  }) as Typed<D>

/**
 * The spec f32[...shape], or with numbers the host array: `f32([32, 784])`, `f32([2, 2], [1, 2, 3, 4])`. Throws `InvalidData` where the
 * numbers are not as many as the shape has elements.
 */
export const f32 = ofType("f32")

/** As `f32`, of f16. */
export const f16 = ofType("f16")

/** As `f32`, of i32. Numbers that i32 does not hold are refused. */
export const i32 = ofType("i32")

/** As `f32`, of u32. Numbers that u32 does not hold are refused. */
export const u32 = ofType("u32")

/** As `f32`, of bool; its numbers are 0 and 1. */
export const bool = ofType("bool")
