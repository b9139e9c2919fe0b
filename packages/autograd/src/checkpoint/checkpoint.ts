import { customPullback, isTensor, raise, recompute, zeros, type PullbackRule, type Tensor } from "@diva/tensor"
import { isDifferentiable } from "../reverse/region.ts"
import { sweepReached } from "../reverse/sweep.ts"
import { recordingSince, replay, type Recording } from "./replay.ts"

const requireOneTensor = (value: unknown): Tensor =>
  isTensor(value)
    ? value
    : raise({
        _tag: "InvalidData",
        op: "checkpoint",
        rule: "the function must return one tensor",
        remedy: "checkpoint the parts separately, or concat them into one tensor",
      })

// Barriers on the boundary keep the compiler from finding the forward pass's values and holding on to them.
const pullbackOf =
  (recording: Recording): PullbackRule =>
  ({ inputs, cotangent, needed }) => {
    const barriers = inputs.slice(1).map(recompute)
    const output = replay(recording, barriers)
    const wanted = barriers.filter((barrier, i) => isDifferentiable(barrier) && needed?.[i + 1] !== false)
    const gradients = sweepReached([{ output, cotangent }], wanted)
    const found = new Map(wanted.map((barrier, i) => [barrier, gradients[i]]))
    return barriers.map((barrier) => found.get(barrier) ?? null)
  }

/**
 * f, with its intermediate results recomputed for the backward pass instead of kept from the forward pass: memory for
 * time. `checkpoint(f)(...args)` = f(...args), value and gradients alike.
 *
 * args: trees of tensors; f returns one tensor. Gradients flow to the arguments and to every tensor f closes over
 * (parameters, say). Each backward pass replays what f described, behind barriers that keep the compiler from merging
 * it with the forward pass; checkpoints nest and differentiate again. Throws `InvalidData` if f gives no tensor.
 * Source: Chen et al., arXiv 1604.06174.
 *
 * @example
 * const deep = blocks.reduce((x, block) => checkpoint((x: Tensor) => applyBlock(block, x))(x), image)
 */
export const checkpoint =
  <Args extends readonly unknown[]>(f: (...args: Args) => Tensor): ((...args: Args) => Tensor) =>
  (...args) => {
    const start = zeros([]).id
    const recording = recordingSince(start, requireOneTensor(f(...args)))
    return customPullback(recording.output, recording.boundary, pullbackOf(recording), { own: true })
  }
