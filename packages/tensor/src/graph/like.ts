import { mapTree, type Mapped } from "./tree.ts"
import type { Spec } from "../shape/shape.ts"

/** What has a shape and an element type: a spec, a tensor, an array on the host or on a device. */
export const isSpec = (value: unknown): value is Spec =>
  typeof value === "object" && value !== null && "shape" in value && "dtype" in value && Array.isArray(value.shape)

const isSpecOrNumber = (value: unknown): value is Spec | number => isSpec(value) || typeof value === "number"

/**
 * The specs of a tree of tensors, host arrays, device arrays or specs; a number counts as f32[]. What `compile` wants to know of
 * its arguments: `device.compile(step, like({ state, batch }))`.
 */
export const like = <T>(tree: T): Mapped<T, Spec | number, Spec> =>
  mapTree(
    tree,
    isSpecOrNumber,
    (leaf): Spec => (typeof leaf === "number" ? { shape: [], dtype: "f32" } : { shape: leaf.shape, dtype: leaf.dtype }),
    "like",
  )
