import { statement } from "../../codegen/expression.ts"
import type { View } from "../../shape/view.ts"
import { lines, viewParams } from "./operand.ts"

/** WGSL `position_<name>`: where in its buffer the element of a view lies that has a number in row-major order. */
export const positionFunction = (name: string, axes: number): string =>
  lines(
    statement`fn position_${name}(linear: u32) -> u32 {`,
    `var rest = linear;`,
    statement`var at = params.${name}_offset;`,
    Array.from({ length: axes }, (_, i) => axes - 1 - i).flatMap((axis) => [
      statement`at += rest % params.${name}_extent${axis} * params.${name}_stride${axis};`,
      statement`rest = rest / params.${name}_extent${axis};`,
    ]),
    "return at;",
    "}",
  )

/** Its parameters. */
export const positionParams = (name: string, view: View): Readonly<Record<string, number>> => ({
  ...viewParams(name, "", view),
  ...Object.fromEntries(
    view.shape.flatMap((extent, axis) => [
      [`${name}_extent${axis}`, extent],
      [`${name}_stride${axis}`, view.strides[axis]!],
    ]),
  ),
})
