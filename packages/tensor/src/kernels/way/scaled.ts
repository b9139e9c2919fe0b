import type { Tensor } from "../../graph/tensor.ts"
import type { Attributes } from "../../op/op.ts"

// Places of magnitudes among a kernel's inputs, by operand; planning adds them behind the op's own inputs.
const placesOf = ({ attributes }: Tensor): Readonly<Record<number, number>> =>
  (attributes["magnitudes"] as Readonly<Record<number, number>> | undefined) ?? {}

/** The inputs that the op was described with. */
export const ownInputs = (kernel: Tensor): readonly Tensor[] => {
  const places = Object.values(placesOf(kernel))
  return places.length === 0 ? kernel.inputs : kernel.inputs.slice(0, Math.min(...places))
}

/** The attributes that the op was described with. */
export const ownAttributes = ({ attributes }: Tensor): Attributes => {
  const { magnitudes: _magnitudes, ...own } = attributes
  return own
}

/** Whether an operand is scaled by its magnitude where a way asks for that: what is stored in f16 is in its range already. */
export const isScalable = (kernel: Tensor, operand: number): boolean => kernel.inputs[operand]!.dtype === "f32"

/** The tensor of one element that holds the largest magnitude of an operand, where planning has added it. */
export const magnitudeInput = (kernel: Tensor, operand: number): Tensor | undefined => {
  const place = placesOf(kernel)[operand]
  return place === undefined ? undefined : kernel.inputs[place]
}
