import { add, cast, div, mul, optionsOf, sqrt, square, sub, zeros, type Tensor } from "@diva/tensor"
import { zipTrees } from "../tree/zip.ts"
import { oneMinusPower } from "./oneMinusPower.ts"
import { inF32, zerosLike, type Described, type Scalar, type Updated } from "./optimizer.ts"

/** Options of `adamw`, with the meaning and defaults of torch.optim.AdamW. */
export interface AdamWOptions {
  readonly learningRate: Scalar
  readonly betas?: readonly [first: number, second: number]
  readonly eps?: number
  /** Decoupled decay: each update first shrinks parameters by learningRate · weightDecay. */
  readonly weightDecay?: number
}

/** Moving averages of gradient and squared gradient, and the number of updates so far (i32[]). */
export interface AdamWState<P> {
  readonly first: P
  readonly second: P
  readonly step: Tensor
}

/** An `Optimizer` for any tree of parameters. */
export interface AdamW {
  /** Zeros, as constant expressions: `device.put` and `device.jit` take them as arrays, `device.compile` as specs. */
  readonly init: <P>(params: P) => AdamWState<Described<P>>
  readonly update: <P>(gradient: P, state: AdamWState<P>, params: P) => Updated<P, AdamWState<P>>
}

const known = ["learningRate", "betas", "eps", "weightDecay"] as const

const averaged = <P>(averages: P, samples: P, beta: number, change: (x: Tensor) => Tensor): P =>
  zipTrees("adamw", averages, [samples], (average, sample) =>
    add(mul(average, beta), mul(change(cast(sample!, "f32")), 1 - beta)),
  )

/**
 * Adam with decoupled weight decay: for step t counted from 1,
 *   m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  p ← p − lr·weightDecay·p − lr·m̂ / (√v̂ + eps),
 *   m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).
 *
 * Throws `TreeMismatch` for unlike trees, `InvalidAttribute` for an option that does not exist. Source: Loshchilov & Hutter, arXiv 1711.05101; torch.optim.AdamW.
 */
export const adamw = (options: AdamWOptions): AdamW => {
  const { learningRate, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 1e-2 } = optionsOf("adamw", options, known)
  return {
    init: (params) => ({ first: zerosLike(params), second: zerosLike(params), step: zeros([], "i32") }),
    update: (gradient, state, params) => {
      const step = add(state.step, 1)
      const first = averaged(state.first, gradient, betas[0], (g) => g)
      const second = averaged(state.second, gradient, betas[1], square)
      const [bias1, bias2] = betas.map((beta) => oneMinusPower(beta, step)) as [Tensor, Tensor]
      const rate = div(learningRate, bias1)
      // value − lr·weightDecay·value rather than value·(1 − lr·weightDecay): near 1 a factor keeps few digits of the decay.
      const kept = (value: Tensor): Tensor =>
        weightDecay === 0 ? value : sub(value, mul(value, mul(learningRate, weightDecay)))
      const moved = (value: Tensor, m: Tensor, v: Tensor): Tensor =>
        sub(kept(value), div(mul(m, rate), add(div(sqrt(v), sqrt(bias2)), eps)))
      const next = zipTrees("adamw", params, [first, second], (p, m, v) => inF32(p, (value) => moved(value, m!, v!)))
      return { params: next, state: { first, second, step } }
    },
  }
}
