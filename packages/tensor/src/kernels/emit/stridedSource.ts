import type { Tensor } from "../../graph/tensor.ts"
import type { Attributes, Op } from "../../op/op.ts"
import { contiguousView, type View } from "../../shape/view.ts"

/** Whether an op only moves elements, which strides can describe. */
export const isMovement = ({ op }: Tensor): boolean => {
  const { lowering } = op as unknown as Op<Attributes>
  return lowering.kind === "inline" && lowering.view !== undefined
}

/** The buffer and strides by which a kernel can read `tensor` in place: movement ops on the way cost nothing. */
export const stridedSource = (
  tensor: Tensor,
  isStored: (tensor: Tensor) => boolean,
): { readonly base: Tensor; readonly view: View } | null => {
  if (isStored(tensor)) return { base: tensor, view: contiguousView(tensor.shape) }
  const { lowering } = tensor.op as unknown as Op<Attributes>
  if (lowering.kind !== "inline" || lowering.view === undefined) return null
  const source = stridedSource(tensor.inputs[0]!, isStored)
  const view = source === null ? null : lowering.view(source.view, tensor.attributes, tensor)
  return view === null ? null : { base: source!.base, view }
}
