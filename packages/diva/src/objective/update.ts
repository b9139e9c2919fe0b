import { add, cast, isFinite, isTensor, mapTree, mul, square, sum, zeros, type Tensor } from "@diva/tensor"
import {
  accumulate,
  adamw,
  clipByGlobalNorm,
  globalNorm,
  sgd,
  type AdamWOptions,
  type SgdOptions,
} from "@diva/autograd"
import { titled, type Titled } from "../titled.ts"
import type { Trainable } from "./microStep.ts"
import { whereFinite, type Moved } from "./whereFinite.ts"

/** An optimizer of any kind, as `autograd` has them: its state is a tree of tensors that only it understands. */
export interface AnyOptimizer {
  init(params: Trainable): unknown
  update(gradient: Trainable, state: never, params: Trainable): { readonly params: Trainable; readonly state: unknown }
}

/** How parameters are updated: an optimizer for a learning rate (f32[]) that changes from update to update. Any will do. */
export interface OptimizerChoice extends Titled {
  (learningRate: Tensor): AnyOptimizer
}

const shown = (options: object): string =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ")

/** Stochastic gradient descent; the original's has momentum 0.9 and nothing else. */
export const sgdWith = (options: Omit<SgdOptions, "learningRate"> = { momentum: 0.9 }): OptimizerChoice =>
  titled(`sgd(${shown(options)})`, (learningRate: Tensor): AnyOptimizer => sgd({ ...options, learningRate }))

/** Adam with decoupled weight decay. */
export const adamwWith = (options: Omit<AdamWOptions, "learningRate"> = {}): OptimizerChoice =>
  titled(`adamw(${shown(options)})`, (learningRate: Tensor): AnyOptimizer => adamw({ ...options, learningRate }))

/** A tree of tensors that only an optimizer understands. */
export type OptimizerState = Readonly<Record<string, unknown>>

/** A partial sum of an update's gradients and losses. */
export interface Sums {
  readonly gradientSum: Trainable
  /** Sum over micro-batches of each inner draw's loss, then of each regulariser's penalty. */
  readonly lossSum: Tensor
}

export interface UpdateInputs {
  readonly trainable: Trainable
  readonly optimizer: OptimizerState
  /** Partial sums, added in a fixed tree. */
  readonly sums: readonly Sums[]
  /** f32[] */
  readonly learningRate: Tensor
  /** The tower's learning rate in `learningRate`s: 0 while it rests, f32[]. Only with a projection's warm-up. */
  readonly towerShare?: Tensor
}

export interface UpdateOutputs {
  readonly trainable: Trainable
  readonly optimizer: OptimizerState
  /** Zeros, for the next accumulation. */
  readonly sums: readonly Sums[]
  /** The whole sum of losses and penalties. */
  readonly losses: Tensor
  /** Global L2 norm before clipping, f32[]. */
  readonly gradientNorm: Tensor
  /** Like `trainable`: each gradient's squares summed, f32[], which the norm is made of. */
  readonly gradientSquares: Trainable
}

export interface UpdateOptions {
  /** Largest global L2 norm; `null` clips nothing. */
  readonly clipNorm: number | null
  /** `sgdWith()` by default. */
  readonly optimizer?: OptimizerChoice
  /** Learning rate of the projection, in those of the tower; 1. */
  readonly projectionRate?: number
  /** Updates in which the projection learns alone; 0. */
  readonly projectionWarmup?: number
}

/** Each tensor's squares summed: the same expressions that the norm adds up, computed once. */
export const squaresOf = <T>(tree: T): T => mapTree(tree, isTensor, (leaf) => sum(square(cast(leaf, "f32")))) as T

const zerosLike = <T>(tree: T): T => mapTree(tree, isTensor, ({ shape, dtype }) => zeros(shape, dtype)) as T

/** The sum of all, halves first: the same numbers whoever computed which part. */
const treeSum = (sums: readonly Sums[]): Sums => {
  if (sums.length === 1) return sums[0]!
  const half = sums.length >> 1
  const [a, b] = [treeSum(sums.slice(0, half)), treeSum(sums.slice(half))]
  return { gradientSum: accumulate(a.gradientSum, b.gradientSum), lossSum: add(a.lossSum, b.lossSum) }
}

/** Tower and projection apart: each an update of its own. */
const parts = ({ class_model, visual_proj }: Trainable): readonly (readonly [string, Partial<Trainable>])[] => [
  ["tower", { class_model }],
  ...(visual_proj === undefined ? [] : [["projection", { visual_proj }] as const]),
]

const isSplit = ({ visual_proj }: Trainable, { projectionRate = 1, projectionWarmup = 0 }: UpdateOptions): boolean =>
  (projectionRate !== 1 || projectionWarmup > 0) && visual_proj !== undefined

/** The optimizer's state before the first update, zeros for most. */
export const firstOptimizer = (trainable: Trainable, rate: Tensor, options: UpdateOptions): OptimizerState => {
  const { init } = (options.optimizer ?? sgdWith())(rate)
  return isSplit(trainable, options)
    ? Object.fromEntries(parts(trainable).map(([name, part]) => [name, init(part as Trainable)]))
    : (init(trainable) as OptimizerState)
}

const moved = (
  { trainable, optimizer, learningRate, towerShare }: UpdateInputs,
  gradient: Trainable,
  options: UpdateOptions,
) => {
  const { optimizer: choice = sgdWith(), projectionRate = 1 } = options
  if (!isSplit(trainable, options)) return choice(learningRate).update(gradient, optimizer as never, trainable)
  const gradients = new Map(parts(gradient))
  const next = parts(trainable).map(([name, part]) => {
    const share = name === "projection" ? projectionRate : (towerShare ?? 1)
    const rate = share === 1 ? learningRate : mul(learningRate, share)
    const of = gradients.get(name) as Trainable
    return [name, choice(rate).update(of, optimizer[name] as never, part as Trainable)] as const
  })
  return {
    params: Object.assign({}, ...next.map(([, { params }]) => params)) as Trainable,
    state: Object.fromEntries(next.map(([name, { state }]) => [name, state])),
  }
}

/**
 * One optimizer update: g ← Σ partial sums;  g ← g · min(1, clipNorm / (‖g‖ + 1e-6));  then the optimizer's step. An update whose losses or gradient are not finite moves nothing: what it began with is still there.
 * Source: spec of the method §5, whose optimizer is torch's SGD without dampening, Nesterov or weight decay.
 */
export const update = (inputs: UpdateInputs, options: UpdateOptions): UpdateOutputs => {
  const { gradientSum, lossSum } = treeSum(inputs.sums)
  const { clipNorm } = options
  const [gradient, gradientNorm] =
    clipNorm === null ? [gradientSum, globalNorm(gradientSum)] : clipByGlobalNorm(gradientSum, clipNorm)
  const finite = isFinite(add(gradientNorm, sum(lossSum)))
  const { params, state } = whereFinite<Trainable, OptimizerState>(
    finite,
    moved(inputs, gradient, options) as Moved<Trainable, OptimizerState>,
    { params: inputs.trainable, state: inputs.optimizer },
  )
  return {
    trainable: params,
    optimizer: state,
    sums: inputs.sums.map(zerosLike),
    losses: lossSum,
    gradientNorm,
    gradientSquares: squaresOf(gradientSum),
  }
}
