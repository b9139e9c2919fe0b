import {
  type HostArray,
  type Mapped,
  type Tensor,
  add,
  cast,
  foldIn,
  input,
  interpret,
  isHostArray,
  key,
  leavesOf,
  mapTree,
  mul,
  normal,
  sizeOf,
} from "@diva/tensor"
import { grad } from "../reverse/grad.ts"
import { isDifferentiable } from "../reverse/region.ts"
import type { DerivativeReport, GradientReport } from "./report.ts"

/** Computes tensors from values of program inputs, by path. */
export type Evaluate = (outputs: readonly Tensor[], given: ReadonlyMap<string, HostArray>) => readonly HostArray[]

/** What to check, where, and how closely. */
export interface GradientCheck<At> {
  /** From a tree like `at`, of tensors, to f32[]. */
  readonly f: (x: Mapped<At, HostArray, Tensor>) => Tensor
  /** The point, as host arrays; integer leaves stay where they are. */
  readonly at: At
  /** Seed of the random direction. */
  readonly seed: number
  /** 1 checks the gradient, 2 (the default) also the gradient of the gradient. */
  readonly orders?: 1 | 2
  /** By default the CPU reference in f64. */
  readonly evaluate?: Evaluate
  /** Unit roundoff of `evaluate`; 2⁻⁵² by default. */
  readonly roundoff?: number
  /** Length of the step; by default 2⁻¹⁵, at which the difference keeps about nine digits in f64. */
  readonly step?: number
  /** Relative error allowed beyond the rounding of the difference; 1e-6 by default. */
  readonly tolerance?: number
}

type Path = (t: Tensor) => Tensor

const interpretInF64: Evaluate = (outputs, given) => interpret(outputs, given, { precision: "f64" })

const movable = (at: unknown): readonly HostArray[] =>
  leavesOf(at, isHostArray)
    .map(({ leaf }) => leaf)
    .filter(isDifferentiable)

const elementsOf = (at: unknown): number => movable(at).reduce((sum, { shape }) => sum + sizeOf(shape), 0)

// x(t) = at + t·v for a random direction v of about unit length, so that one step length suits every size.
const pathOf = <At>({ f, at, seed }: GradientCheck<At>): Path => {
  const shorten = 1 / Math.sqrt(Math.max(1, elementsOf(at)))
  return (t) => {
    let leaf = 0
    const moved = mapTree(at, isHostArray, ({ shape, dtype }, path) => {
      const x = input({ shape, dtype }, `at.${path}`)
      if (!isDifferentiable(x)) return x
      const direction = normal(foldIn(key(seed), leaf++), shape)
      return add(x, cast(mul(mul(direction, shorten), t), dtype))
    })
    return f(moved)
  }
}

/** Value, first and second derivative at one point of the path. */
type Jet = readonly number[]

const jetsAt = <At>(check: GradientCheck<At>, points: readonly number[]): readonly Jet[] => {
  const t = input({ shape: [], dtype: "f32" }, "t")
  const value = pathOf(check)
  const first = grad(value)
  const outputs = [value(t), first(t), ...(check.orders === 1 ? [] : [grad(first)(t)])]
  const at = leavesOf(check.at, isHostArray).map(({ path, leaf }) => [`at.${path}`, leaf] as const)
  return points.map((point) => {
    const where: HostArray = { shape: [], dtype: "f32", data: new Float32Array([point]) }
    const computed = (check.evaluate ?? interpretInF64)(outputs, new Map([...at, ["t", where]]))
    return computed.map(({ data }) => data[0]!)
  })
}

const compare = (
  order: 1 | 2,
  [before, here, after]: readonly Jet[],
  { step, tolerance, roundoff }: { readonly step: number; readonly tolerance: number; readonly roundoff: number },
): DerivativeReport => {
  const [low, high] = [before![order - 1]!, after![order - 1]!]
  const reverse = here![order]!
  const difference = (high - low) / (2 * step)
  const size = Math.max(Math.abs(reverse), Math.abs(difference))
  const error = Math.abs(reverse - difference)
  const noise = (64 * roundoff * Math.max(Math.abs(low), Math.abs(high))) / step
  const relative = (amount: number): number => (amount === 0 ? 0 : amount / size)
  return {
    order,
    reverse,
    difference,
    relativeError: relative(error),
    allowed: tolerance + relative(noise),
    pass: error <= tolerance * size + noise,
  }
}

/**
 * Compares reverse mode with central differences along one random direction v, at order 1 (⟨∇f, v⟩ against
 * (f(x+hv) − f(x−hv))/2h) and order 2 (the same of the derivative).
 *
 * One random direction sees an error in any component (but for a set of directions of measure zero). Returns a report,
 * also when they differ; throws only what describing f or its gradient throws. A pass says nothing about kinks, which
 * a point at random misses.
 *
 * @example
 * checkGradient({ f: ({ x }) => sum(exp(x)), at: { x: { shape: [2], dtype: "f32", data: new Float32Array([0, 1]) } }, seed: 1 }).pass // => true
 */
export const checkGradient = <At>(check: GradientCheck<At>): GradientReport => {
  const { step = 2 ** -15, tolerance = 1e-6, roundoff = 2 ** -52, orders = 2, seed } = check
  const jets = jetsAt(check, [-step, 0, step])
  const asked: readonly (1 | 2)[] = orders === 1 ? [1] : [1, 2]
  const derivatives = asked.map((order) => compare(order, jets, { step, tolerance, roundoff }))
  const pass = derivatives.every((derivative) => derivative.pass)
  return { seed, elements: elementsOf(check.at), step, value: jets[1]![0]!, derivatives, pass }
}
