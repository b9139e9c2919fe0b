import { gelu, geluTanh, quickGelu, type Tensor } from "@diva/tensor"

/** quickGelu: x·σ(1.702x); gelu: x·Φ(x) with erf; geluTanh: Φ approximated by tanh. */
export type Activation = "quickGelu" | "gelu" | "geluTanh"

const activations: Readonly<Record<Activation, (x: Tensor) => Tensor>> = { quickGelu, gelu, geluTanh }

export const activate = (kind: Activation, x: Tensor): Tensor => activations[kind](x)
