import { add, cast, mul, ones, optionsOf, raise, sub, zeros, type Tensor } from "@diva/tensor"
import { zipTrees } from "../tree/zip.ts"
import { inF32, zerosLike, type Described, type Scalar, type Updated } from "./optimizer.ts"

/** Options of `sgd`, with the meaning and defaults of torch.optim.SGD. */
export interface SgdOptions {
  readonly learningRate: Scalar
  readonly momentum?: number
  readonly dampening?: number
  readonly nesterov?: boolean
  /** L2 penalty: this much of each parameter is added to its gradient. */
  readonly weightDecay?: number
}

/** Momentum buffers where momentum is used, and 0 or 1 for whether a first update has happened where dampening is. */
export interface SgdState<P> {
  readonly momentum?: P
  readonly started?: Tensor
}

/** An `Optimizer` for any tree of parameters. */
export interface Sgd {
  /** Zeros, as constant expressions: `device.put` and `device.jit` take them as arrays, `device.compile` as specs. */
  readonly init: <P>(params: P) => SgdState<Described<P>>
  readonly update: <P>(gradient: P, state: SgdState<P>, params: P) => Updated<P, SgdState<P>>
}

type Settings = Required<SgdOptions>

const known = ["learningRate", "momentum", "dampening", "nesterov", "weightDecay"] as const

const checked = (options: SgdOptions): Settings => {
  optionsOf("sgd", options, known)
  const settings = { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0, ...options }
  if (settings.nesterov && (settings.momentum <= 0 || settings.dampening !== 0))
    return raise({
      _tag: "InvalidAttribute",
      op: "sgd",
      attribute: "nesterov",
      rule: "Nesterov momentum needs momentum > 0 and dampening = 0",
      remedy: "set momentum, drop dampening, or drop nesterov",
    })
  return settings
}

const decayed = ({ weightDecay }: Settings, gradient: Tensor, param: Tensor): Tensor =>
  weightDecay === 0 ? cast(gradient, "f32") : add(cast(gradient, "f32"), mul(cast(param, "f32"), weightDecay))

const scaled = (x: Tensor, factor: Scalar): Tensor => (factor === 1 ? x : mul(x, factor))

// b ← momentum·b + (1 − dampening)·g, and the direction that follows from it.
const pushed = <P>(
  { momentum, dampening, nesterov }: Settings,
  gradients: P,
  { momentum: held, started }: SgdState<P>,
) => {
  const share = started === undefined ? 1 : sub(1, mul(started, dampening))
  const buffers = zipTrees("sgd", gradients, [held], (g, b) => add(mul(b!, momentum), scaled(g, share)))
  const ahead = (): P => zipTrees("sgd", gradients, [buffers], (g, b) => add(g, mul(b!, momentum)))
  const state: SgdState<P> = { momentum: buffers, ...(started === undefined ? {} : { started: ones([]) }) }
  return { directions: nesterov ? ahead() : buffers, state }
}

/**
 * Stochastic gradient descent with momentum: for gradient g, parameter p, buffer b,
 *   g ← g + weightDecay·p;  b ← momentum·b + (1 − dampening)·g  (b ← g at the first update);
 *   p ← p − learningRate·d,  d = b, or g + momentum·b with Nesterov, or g without momentum.
 *
 * Buffers start at 0, which gives b = g at the first update when dampening = 0; with dampening the state also counts
 * whether there was one. Throws `InvalidAttribute` for Nesterov without momentum, `TreeMismatch` for unlike trees.
 * Source: torch.optim.SGD.
 */
export const sgd = (options: SgdOptions): Sgd => {
  const settings = checked(options)
  const { momentum, dampening, learningRate } = settings
  const descend = <P>(params: P, directions: P): P =>
    zipTrees("sgd", params, [directions], (p, d) => inF32(p, (value) => sub(value, mul(d!, learningRate))))
  return {
    init: (params) => ({
      ...(momentum === 0 ? {} : { momentum: zerosLike(params) }),
      ...(momentum === 0 || dampening === 0 ? {} : { started: zeros([]) }),
    }),
    update: (gradient, state, params) => {
      const gradients = zipTrees("sgd", params, [gradient], (p, g) => decayed(settings, g!, p))
      const next = momentum === 0 ? { directions: gradients, state } : pushed(settings, gradients, state)
      return { params: descend(params, next.directions), state: next.state }
    },
  }
}
