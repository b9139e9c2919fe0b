import type { Tensor } from "../../graph/tensor.ts"
import type { Attributes, Op } from "../../op/op.ts"
import type { Placement } from "../../codegen/placement.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { RowProgram } from "../rows/rowProgram.ts"
import type { Kernel } from "./kernel.ts"

/**
 * One kernel's share of the graph: everything between `root` and the tensors it `reads` is computed inside. `anchor` is
 * the reduction, contraction, … in the middle of it, if there is one: what lies above is its tail.
 */
export interface Group {
  readonly root: Tensor
  readonly anchor: Tensor | null
  readonly reads: readonly Tensor[]
  /** The nodes computed inside, `root` included. */
  readonly inside: readonly Tensor[]
  /** All tensors the group stores; `root` is the last of them. Without `rows` the others are computed on the way to it, or beside it, element by element. */
  readonly outputs: readonly Tensor[]
  /** The largest magnitudes of outputs that its kernels keep while they store them, themselves among the outputs. */
  readonly peaks?: ReadonlyMap<Tensor, Tensor>
  /** The tensor that the root is stored as a part of, and where in it: others store the rest. */
  readonly placed?: { readonly whole: Tensor; readonly at: Placement }
  /** Set where the group folds whole rows. */
  readonly rows?: RowProgram
}

/** The tensors a group reads and the one it writes, as bindings; a tensor updated in place is bound once. */
export interface GroupBindings {
  readonly entries: Kernel["bindings"]
  readonly load: (tensor: Tensor) => string
  readonly output: string
}

/** A kernel by itself, all its operands stored as they are described: what is asked about before groups exist. */
export const groupAlone = (kernel: Tensor): Group => ({
  root: kernel,
  anchor: kernel,
  reads: [...new Set(kernel.inputs)],
  inside: [kernel],
  outputs: [kernel],
})

/** Arithmetic of a group: ops that are computed element by element say what one of them takes, all others what they take in all. */
export const groupFlops = ({ inside }: Group): number =>
  inside.reduce((sum, tensor) => {
    const { flops, lowering } = tensor.op as unknown as Op<Attributes>
    const each = flops(tensor.inputs, tensor, tensor.attributes)
    return sum + (lowering.kind === "pointwise" || lowering.kind === "inline" ? each * sizeOf(tensor.shape) : each)
  }, 0)
