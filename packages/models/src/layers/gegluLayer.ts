import { concat, gelu, linear, mul, sliceAxis, type Tensor } from "@diva/tensor"
import { constantParameter, parameter } from "../params/parameter.ts"
import { read, type Layer, type Run } from "./layer.ts"

export interface GegluOptions {
  readonly from: number
  readonly to: number
}

/**
 * a · gelu(b) where [a, b] = x·Wᵀ + c (Shazeer 2020).  x: [..., from] → [..., to]; W: [2·to, from], c: [2·to], as
 * diffusers stores them. Observed is [a, b], as the reference's linear map gives it.
 *
 * The halves are two products with the halves of W, which are views of it: their gradients are then products as well,
 * where halves of one product would be cut and padded together again.
 */
export const gegluLayer = (name: string, { from, to }: GegluOptions): Layer => {
  const weight = parameter(`${name}.weight`, [2 * to, from], from ** -0.5)
  const bias = constantParameter(`${name}.bias`, [2 * to], 0)
  const half = (run: Run, x: Tensor, start: number): Tensor => {
    const [w, c] = [weight, bias].map((declared) => sliceAxis(read(run, declared), 0, start, start + to))
    return linear(x, w!, c!)
  }
  return {
    name,
    parameters: [weight, bias],
    apply: (run, x) => {
      const gate = half(run, x, to)
      const value = half(run, x, 0)
      run.observe?.(name, concat([value, gate], -1))
      return mul(value, gelu(gate))
    },
  }
}
