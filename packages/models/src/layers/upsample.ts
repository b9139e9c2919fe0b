import { sliceAxis, upsampleNearest2d, type Tensor } from "@diva/tensor"
import { sameConv } from "./convLayer.ts"
import { layer, type Layer, type Run } from "./layer.ts"

/**
 * Doubles height and width by repeating, then a 3×3 convolution. For an odd target size the last row or column is
 * dropped, which is what nearest-neighbour resizing from ⌈n/2⌉ to n gives.
 * x: [batch, channels, height, width] → [batch, channels, ...(size or twice the input's)]
 */
export const upsampler = (name: string, channels: number): UpsampleLayer => {
  const conv = sameConv(`${name}.conv`, channels, channels)
  return {
    parameters: conv.parameters,
    apply: (run, x, size) =>
      layer(name, conv.parameters, (inner, value: Tensor) =>
        conv.apply(inner, size === undefined ? upsampleNearest2d(value, 2) : cropTo(upsampleNearest2d(value, 2), size)),
      ).apply(run, x),
  }
}

export interface UpsampleLayer extends Pick<Layer, "parameters"> {
  readonly apply: (run: Run, x: Tensor, size?: readonly [height: number, width: number]) => Tensor
}

const cropTo = (x: Tensor, [height, width]: readonly [number, number]): Tensor =>
  x.shape[2] === height && x.shape[3] === width ? x : sliceAxis(sliceAxis(x, 2, 0, height), 3, 0, width)
