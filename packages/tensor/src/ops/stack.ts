import type { Tensor } from "../graph/tensor.ts"
import { concat } from "./concat.ts"
import { unsqueeze } from "./unsqueeze.ts"

/** Joins tensors of one shape along a new axis (the first by default). Throws `ShapeMismatch`. */
export const stack = (tensors: readonly Tensor[], axis = 0): Tensor =>
  concat(
    tensors.map((tensor) => unsqueeze(tensor, axis)),
    axis,
  )
