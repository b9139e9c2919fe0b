import type { DType } from "../dtype/dtype.ts"
import type { Placement } from "./placement.ts"

/** A tensor as a kernel binds it: `windows` bindings of at most `windowElements` elements each. */
export interface Binding {
  /** Name inside the shader: elements are read by `load_<name>(i)` and written by `store_<name>(i, v)`. */
  readonly name: string
  readonly dtype: DType
  readonly windows: number
  readonly windowElements: number
  /** `peak`: one element that keeps the largest magnitude of what another binding stores. */
  readonly access: "read" | "write" | "update" | "peak"
  /** Whether what is read is declared as written: other bindings of the same buffer are, and one dispatch must bind it one way. */
  readonly asWritten?: boolean
  /** Name of the binding that keeps the largest magnitude of what is stored here, where one does. */
  readonly peak?: string
  /** Of a peak: whether subgroups agree on one number before they tell it. */
  readonly subgroups?: boolean
  /** Whether four 32-bit elements are read or written at a time, by `load4_<name>(i / 4)` and `store4_<name>(i / 4, v)`. */
  readonly vector?: boolean
  /** Where elements that are stored lie in the buffer, if not one after another from its begin: others store the rest of it. */
  readonly placed?: Placement
  /** Whether what is read are halves of 32-bit words, as the array `b_<name>` of `vec4<f16>` that matrix units load from. */
  readonly halves?: boolean
}

/** Whether a kernel binds a buffer for reading alone. */
export const isReadOnly = ({ access, asWritten = false }: Pick<Binding, "access" | "asWritten">): boolean =>
  access === "read" && !asWritten
