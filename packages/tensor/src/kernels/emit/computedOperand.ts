import { statement } from "../../codegen/expression.ts"
import { coordinatesOf, createBody } from "../../codegen/body.ts"
import { wgslType } from "../../codegen/element.ts"
import { hasQuads } from "../../codegen/quads.ts"
import type { Tensor } from "../../graph/tensor.ts"
import type { Group, GroupBindings } from "../dispatch/group.ts"
import { sizeOf } from "../../shape/shape.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import { quadEntries, quadFunction, quadPositions } from "./quadElement.ts"
import { functionText, storedBoundary } from "./tail.ts"

/** Name of the function that gives an element of a computed operand; with a 4 before the bracket, of four neighbours. */
export const computedName = "load_computed"

/** A function that gives elements of an operand, and what it reads. */
export interface ComputedText {
  readonly code: string
  readonly functions: Iterable<string>
  readonly entries: Kernel["bindings"]
}

/** An operand whose elements are computed when they are loaded: the prologue of its kernel. */
export interface ComputedOperand {
  /** `fn load_computed(i: u32) -> T`: the element at row-major position i. */
  readonly elements: () => ComputedText
  /** `fn load4_computed(i: u32) -> vec4<T>`: elements 4i … 4i + 3; `null` where the operand is no whole number of quads. */
  readonly quads: () => ComputedText | null
}

const isRead = (code: string, { binding }: Kernel["bindings"][number]): boolean =>
  binding.access === "read" && new RegExp(`\\bload4?_${binding.name}\\(`).test(code)

export const computedOperand = (group: Group, bindings: GroupBindings, tensor: Tensor): ComputedOperand => ({
  elements: () => {
    const space = { variable: "i", shape: tensor.shape }
    const body = createBody([space], storedBoundary(group, bindings))
    const result = body.value(tensor, coordinatesOf(space))
    const code = functionText(statement`fn ${computedName}(i: u32) -> ${wgslType(tensor.dtype)}`, body, result)
    return { code, functions: body.functions, entries: bindings.entries.filter((entry) => isRead(code, entry)) }
  },
  quads: () => {
    if (!hasQuads(tensor)) return null
    const head = statement`fn ${computedName.replace("load", "load4")}(i: u32)`
    const { code, functions, vectors } = quadFunction(group, bindings, head, tensor, (body) =>
      quadPositions("i", sizeOf(tensor.shape)).map((position) =>
        body.value(tensor, body.split(position, tensor.shape)),
      ),
    )
    const entries = quadEntries(bindings, vectors, group).filter((entry) => isRead(code, entry))
    return { code, functions, entries }
  },
})

/** The code of a kernel that loads its operands' elements one by one, with the prologue if one of them is computed. */
export const withPrologue = (
  operands: readonly { readonly computed?: ComputedOperand }[],
  { code, functions }: Pick<ComputedText, "code" | "functions">,
): Pick<ComputedText, "code" | "functions"> => {
  const prologue = operands.find(({ computed }) => computed !== undefined)?.computed?.elements()
  return prologue === undefined
    ? { code, functions }
    : { code: `${prologue.code}\n${code}`, functions: new Set([...prologue.functions, ...functions]) }
}
