import { isView } from "@diva/tensor"
import type { HostArray, Spec } from "@diva/tensor"

/** Whether a leaf of a tree is an array in host memory. */
export const isHostArray = (value: unknown): value is HostArray =>
  typeof value === "object" && value !== null && "data" in value && isView(value.data) && "shape" in value

/** Whether a leaf of a tree is an array, on the machine or in host memory, or a spec of one. */
export const isSpec = (value: unknown): value is Spec =>
  typeof value === "object" && value !== null && "shape" in value && "dtype" in value
