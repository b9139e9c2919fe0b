import { attendedShape, type AttentionAttributes, type AttentionShape } from "../../ops/attentionShape.ts"
import { layoutsText } from "../emit/layoutText.ts"
import { operandOf, viewParams, type Operand } from "../emit/operand.ts"
import { ownInputs } from "../way/scaled.ts"
import type { Site } from "../way/way.ts"

/** What a kernel of attention computes on: the operands as strided views of buffers, and the extents. */
export interface AttentionProblem {
  readonly operands: readonly Operand[]
  readonly shape: AttentionShape
  readonly attributes: AttentionAttributes
}

/** Names of the operands in shaders, with their axes: batch, heads, tokens and width. */
export const operandNames = ["q", "k", "v", "sums", "upper", "delta"] as const

export const attentionProblem = ({ group, bindings }: Site): AttentionProblem => {
  const { attributes } = group.anchor!
  const inputs = ownInputs(group.anchor!)
  return {
    operands: inputs.map((input) => operandOf(group, bindings, input)),
    shape: attendedShape(inputs[0]!, inputs[1]!, inputs[2]!),
    attributes: attributes as AttentionAttributes,
  }
}

/** Offset and strides of the operands with these names; those of rank 3 have one element per token. */
export const operandParams = (
  { operands }: AttentionProblem,
  names: readonly (typeof operandNames)[number][],
): Readonly<Record<string, number>> =>
  Object.assign(
    {},
    ...names.map((name) => {
      const { view } = operands[operandNames.indexOf(name)]!
      return viewParams(name, view.shape.length === 4 ? "bhtw" : "bht", view)
    }),
  ) as Readonly<Record<string, number>>

/** A float as the u32 parameter that a shader reads by `bitcast<f32>`. */
export const floatParam = (value: number): number => new Uint32Array(new Float32Array([value]).buffer)[0]!

export const extentParams = (
  { batch, heads, queries, keys, width, depth }: AttentionShape,
  { causal }: AttentionAttributes,
): Readonly<Record<string, number>> => ({ batch, heads, queries, keys, width, depth, causal: causal ? 1 : 0 })

/** Multiplications of the forward pass. */
export const multiplications = ({ batch, heads, queries, keys, width, depth }: AttentionShape): number =>
  batch * heads * queries * keys * (width + depth)

/** Names a pass of attention by its extents and by how its operands lie. */
export const attentionKey = ({ shape, attributes, operands }: AttentionProblem): string => {
  const { batch, heads, queries, keys, width, depth } = shape
  const layouts = Object.fromEntries(operands.map((operand, i) => [operandNames[i]!, operand]))
  return `${batch}x${heads} x ${queries}x${keys}x${width}${depth === width ? "" : `,${depth}`}${attributes.causal ? " causal" : ""}${layoutsText(layouts)}`
}
