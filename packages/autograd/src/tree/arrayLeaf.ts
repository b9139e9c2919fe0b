import type { Spec } from "@diva/tensor"

/** A leaf of a parameter tree: whatever has a shape and an element type (tensor, host array, device array, spec). */
export type ArrayLeaf = Spec

/** Whether a node of a tree is a leaf rather than a branch. */
export const isArrayLeaf = (value: unknown): value is ArrayLeaf =>
  typeof value === "object" &&
  value !== null &&
  "shape" in value &&
  Array.isArray(value.shape) &&
  "dtype" in value &&
  typeof value.dtype === "string"

/** `T` with leaves that may be missing: one side of a partition. Paths and structure are those of the whole. */
export type Holey<T> = T extends ArrayLeaf ? T | undefined : { readonly [Key in keyof T]: Holey<T[Key]> }
