import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import type { CostModel } from "../../adapter/costModel.ts"
import type { Tensor } from "../../graph/tensor.ts"
import type { Numerics } from "../../precision/precision.ts"
import type { Group, GroupBindings } from "../dispatch/group.ts"
import type { Kernel } from "../dispatch/kernel.ts"
import type { Choice } from "./choice.ts"

/** Where a kernel is written: a group of the graph with the tensors that it reads and writes bound. */
export interface Site {
  readonly group: Group
  /** The donated tensor whose buffer the root takes over. */
  readonly inPlace: Tensor | null
  readonly bindings: GroupBindings
  readonly facts: KernelFacts
  /** Whether a tensor is the same in most runs, so that what follows from it alone is computed once. */
  readonly isFrozen: (tensor: Tensor) => boolean
}

/** One way to compute an op. All ways of an op compete in one decision. */
export interface Way<Problem, C extends Choice = Choice> {
  /** Stands in plans, profiles and tuning caches as the choice's `way`. */
  readonly name: string
  /** Whether the adapter has what its kernels are made of. */
  needs(facts: KernelFacts): boolean
  /** Whether it can compute the problem, by sizes, layouts and element types, within the adapter's limits. */
  takes(problem: Problem, facts: KernelFacts): boolean
  /** What a choice computes with: it must be allowed by the program's precision. */
  numerics(choice: C): Numerics
  /**
   * Operands that its kernels scale by powers of two, since they compute with less than f32's range: planning then adds the
   * largest magnitude of each to the kernel's inputs, where `scaleLines` reads it. Default: none.
   */
  readonly scales?: readonly number[]
  /** Whether fusion may leave operand number `operand` unstored, since it is computed about once when kernels load it. Default: no. */
  absorbs?(problem: Problem, operand: number): boolean
  /** Choices that are valid for the problem; where the model finds two equal, the one named first goes first. */
  candidates(problem: Problem, facts: KernelFacts): readonly C[]
  /** Seconds a choice is expected to take; infinite where the model does not know its inner loop. */
  cost(problem: Problem, choice: C, model: CostModel): number
  /** Seconds of each dispatch of a choice, where they are not alike: some may run once, and not count among those of every run. */
  costs?(problem: Problem, choice: C, model: CostModel): readonly number[]
  /** The dispatches that compute the group of `site`, the last one storing its root. */
  write(problem: Problem, choice: C, site: Site): readonly Kernel[]
}

/** An op's ways, with what they all compute. */
export interface Family<Problem> {
  readonly name: string
  /** What a group computes: extents, and operands with their layouts. */
  problem(site: Site): Problem
  /** Names a problem: problems of one name have the same candidates. */
  key(problem: Problem): string
  readonly ways: readonly Way<Problem>[]
}

/** A family of some problem. Problems only pass from a family to its own ways, so nobody else knows their type. */
export type AnyFamily = Family<unknown>
