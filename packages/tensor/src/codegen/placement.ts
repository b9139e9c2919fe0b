import type { Shape } from "../shape/shape.ts"

/** Where the elements of a tensor of this shape, in row-major order, lie in a larger one: at `offset + Σ ik·strides[k]`. */
export interface Placement {
  readonly shape: Shape
  readonly strides: readonly number[]
  readonly offset: number
}

const scaled = (i: string, stride: number): string => (stride === 1 ? i : `${i} * ${stride}u`)

/**
 * WGSL of the place of element `i`, both counted in vectors of `width`: whatever moves vectors together, the innermost extent, other
 * strides and the offset, must be multiples of it.
 */
export const placeText = ({ shape, strides, offset }: Placement, i: string, width: 1 | 4): string => {
  const terms: string[] = []
  let inside = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = axis === shape.length - 1 ? shape[axis]! / width : shape[axis]!
    const stride = axis === shape.length - 1 ? strides[axis]! : strides[axis]! / width
    const divided = inside === 1 ? i : `(${i} / ${inside}u)`
    terms.unshift(scaled(axis === 0 ? divided : `(${divided} % ${extent}u)`, stride))
    inside *= extent
  }
  return [...(offset === 0 ? [] : [`${offset / width}u`]), ...terms].join(" + ")
}
