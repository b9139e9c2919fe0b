import { wgsl } from "../../src/codegen/expression.ts"
import { expect, it } from "vitest"
import { coordinatesOf, createBody } from "../../src/codegen/body.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import type { Attributes, Op } from "../../src/op/op.ts"
import { ops } from "../../src/ops/registry.ts"
import { sizeOf } from "../../src/shape/shape.ts"
import { describeSample } from "./samples.ts"

const isInlined = ({ lowering }: Op): boolean => lowering.kind === "pointwise" || lowering.kind === "inline"

/** What one element of a tensor is, in WGSL: statements and the value. Inputs read as `x0[position]`. */
const elementText = (tensor: Tensor): string => {
  const space = { variable: "i", shape: tensor.shape }
  const { value, lines } = createBody([space], (leaf, position, emit) => {
    const { path } = leaf.attributes as Attributes & { readonly path?: string }
    return path === undefined ? null : wgsl`${path}[${emit.text(position)}]`
  })
  const result = value(tensor, coordinatesOf(space))
  return [...lines, result.text].join("\n")
}

for (const op of ops.filter(isInlined)) {
  it(`${op.name} is written as before`, () => {
    const sample = op.samples.find(({ inputs, attributes }) => {
      const output = describeSample(op, inputs, attributes)
      return sizeOf(output.shape) > 1
    })!
    expect(elementText(describeSample(op, sample.inputs, sample.attributes))).toMatchSnapshot()
  })
}
