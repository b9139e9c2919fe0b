import { raise } from "../error.ts"
import { isDeviceArray, type DeviceArray } from "../device/arrays/array.ts"
import { isTensor } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import { isHostArray, type HostArray } from "../host/array.ts"
import { hostDataOf, nestedShape, type Nested } from "../host/nested.ts"
import { interpret } from "../graph/interpret.ts"
import type { Shape } from "../shape/shape.ts"

/** What can be drawn: an array on a device or the host, a constant expression, numbers in arrays. */
export type Drawable = DeviceArray | HostArray | Tensor | Nested

/** Numbers with their shape. */
export interface Numbers {
  readonly shape: Shape
  readonly data: ArrayLike<number>
}

/** The numbers of what is to be drawn; those of a constant expression are computed by the ops' references. */
export const numbersOf = async (op: string, given: Drawable): Promise<Numbers> => {
  if (isDeviceArray(given)) return given.read()
  if (isTensor(given)) return interpret(given) as unknown as HostArray
  if (isHostArray(given)) return given
  return { shape: nestedShape(given as Nested), data: hostDataOf(op, given as Nested, "f32") }
}

/** Throws `ShapeMismatch` in words, for what cannot be drawn so. */
export const refuseShape = (op: string, { shape }: Numbers, rule: string, remedy: string): never =>
  raise({ _tag: "ShapeMismatch", op, operands: [{ name: "values", shape, dtype: "f32" }], rule, remedy })
