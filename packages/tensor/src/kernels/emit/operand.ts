import { chain, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import type { Group, GroupBindings } from "../dispatch/group.ts"
import { stridedSource } from "./stridedSource.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { contiguousView, type View } from "../../shape/view.ts"
import { computedName, computedOperand, type ComputedOperand } from "./computedOperand.ts"

/** An operand of a kernel family: the function that loads its elements and the strides it is read through. */
export interface Operand {
  readonly load: string
  readonly base: Tensor
  readonly view: View
  /** Set where its elements are computed from what the group reads when they are loaded, by the function `load`. */
  readonly computed?: ComputedOperand
}

/** Resolves an operand to the stored tensor below its movement ops, or to a prologue where fusion has left it unstored. */
export const operandOf = (group: Group, bindings: GroupBindings, tensor: Tensor): Operand => {
  const source = stridedSource(tensor, (node) => node !== group.root && group.reads.includes(node))
  return source === null
    ? {
        load: computedName,
        base: tensor,
        view: contiguousView(tensor.shape),
        computed: computedOperand(group, bindings, tensor),
      }
    : { load: bindings.load(source.base), base: source.base, view: source.view }
}

/** Shader parameters of a view: `<name>_offset` and one stride per axis name, `<name>_<axis>`. */
export const viewParams = (name: string, axes: string, view: View): Readonly<Record<string, number>> => ({
  [`${name}_offset`]: view.offset,
  ...Object.fromEntries([...axes].map((axis, i) => [`${name}_${axis}`, view.strides[i]!])),
})

/** Position expression of an element of a view, given one expression per axis. */
export const viewPosition = (name: string, axes: string, index: readonly Part[]): Wgsl =>
  chain("+", [`params.${name}_offset`, ...[...axes].map((axis, i) => wgsl`${index[i]!} * params.${name}_${axis}`)])

export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)

export const lines = (...parts: readonly (string | readonly string[])[]): string => parts.flat().join("\n")
