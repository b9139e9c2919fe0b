import { raise, type Tensor } from "@diva/tensor"

/** An axis a model asks for: an exact extent, or a name where any extent will do. */
export type Axis = number | string

const fits = (x: Tensor, axes: readonly Axis[]): boolean =>
  x.shape.length === axes.length && axes.every((axis, i) => typeof axis === "string" || axis === x.shape[i])

/** Throws `ShapeMismatch` unless the input `name` of `model` has these axes, so that the error names the model's input. */
export const requireAxes = (model: string, name: string, x: Tensor, axes: readonly Axis[]): void => {
  if (fits(x, axes)) return
  raise({
    _tag: "ShapeMismatch",
    op: model,
    operands: [{ name, shape: x.shape, dtype: x.dtype }],
    rule: `${name} must be [${axes.join(", ")}]`,
    remedy: "resize or reshape the input, or choose the configuration it was made for",
  })
}
