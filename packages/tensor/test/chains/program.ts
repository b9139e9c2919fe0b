import { isFloating } from "../../src/dtype/dtype.ts"
import type { Device } from "../../src/device/open.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import type { Plan, PlanStep } from "../../src/plan/plan.ts"
import { interpret } from "../../src/graph/interpret.ts"
import { hostKey } from "../../src/key/hostKey.ts"
import type { HostArray } from "../../src/host/array.ts"
import * as t from "../../src/ops/index.ts"
import { sizeOf, type Spec } from "../../src/shape/shape.ts"
import { gradients } from "../ops/reverse.ts"
import { randomArray } from "../ops/samples.ts"
import { drawFrom } from "./draw.ts"
import { families } from "./families.ts"
import { viewedOn, type Leaf } from "./views.ts"

/** One random expression: its family, the seed that makes it, and what it gives: a value, then gradients of inputs. */
export interface Case {
  readonly family: string
  readonly seed: number
}

const differentiable = (x: Tensor): boolean => isFloating(x.dtype) && sizeOf(x.shape) > 0

/** Value and gradients of a case; `leaf` makes its inputs, in an order that the seed fixes. */
const resultsOf = ({ family, seed }: Case, leaf: Leaf): readonly Tensor[] => {
  const draw = drawFrom(seed)
  const inputs: Tensor[] = []
  const noted: Leaf = (spec) => {
    const made = leaf(spec)
    inputs.push(made)
    return made
  }
  const value = viewedOn(families[family]!(noted, draw), draw.one([0, 0, 1, 2, 3]), draw)
  const wrt = inputs.filter(differentiable).slice(0, 3)
  if (!differentiable(value) || wrt.length === 0 || draw.chance(0.4)) return [value]
  const weights = leaf({ shape: value.shape, dtype: "f32" })
  return [value, ...gradients(t.sum(t.mul(t.cast(value, "f32"), weights)), wrt)]
}

/** Several cases as one program: their inputs in order, and the same program for any inputs of those specs. */
export interface Program {
  readonly cases: readonly Case[]
  readonly specs: readonly Spec[]
  readonly results: (inputs: readonly Tensor[]) => readonly (readonly Tensor[])[]
}

export const programOf = (cases: readonly Case[]): Program => {
  const specs: Spec[] = []
  for (const one of cases)
    resultsOf(one, (spec) => {
      specs.push(spec)
      return t.input(spec, `x.${specs.length - 1}`)
    })
  const results = (inputs: readonly Tensor[]): readonly (readonly Tensor[])[] => {
    let next = 0
    return cases.map((one) => resultsOf(one, () => inputs[next++]!))
  }
  return { cases, specs, results }
}

const ranges: Readonly<Record<Spec["dtype"], readonly [low: number, high: number]>> = {
  f32: [-2, 2],
  f16: [-2, 2],
  i32: [-9, 9],
  u32: [0, 9],
  bool: [0, 1],
}

export const valuesFor = ({ specs }: Program, seed: number): readonly HostArray[] =>
  specs.map(({ shape, dtype }, i) => {
    const [low, high] = ranges[dtype]
    return randomArray({ shape, dtype, low, high }, hostKey(seed * 1009 + i))
  })

export const wanted = (program: Program, values: readonly HostArray[]): readonly (readonly HostArray[])[] =>
  interpret(
    program.results(program.specs.map((spec, i) => t.input(spec, `x.${i}`))),
    new Map(values.map((value, i) => [`x.${i}`, value])),
  ) as unknown as readonly (readonly HostArray[])[]

/** Runs all cases on a device: their results, and the steps of the plan. */
export const got = async (
  device: Device,
  program: Program,
  values: readonly HostArray[],
): Promise<{ readonly results: readonly (readonly HostArray[])[]; readonly steps: Plan["steps"] }> => {
  const run = ({ x }: { readonly x: readonly Tensor[] }) => program.results(x)
  using compiled = await device.compile(run, { x: program.specs })
  const results = (await device.read(compiled({ x: values }))) as unknown as readonly (readonly HostArray[])[]
  return { results, steps: compiled.plan.steps }
}

/** Half the distance from 1 to the next f32: what one operation may be off. */
const unit = 2 ** -24

// Inputs lie within ±2, so that products are 4/3 by root mean square. A sum of n of them is off by a unit of what its terms
// add up to for each of n steps at most, n · 4/3 units, on either side; an epilogue may bring it back to a result near 1.
const mostProducts = 130
const roundingOfProducts = 2 * mostProducts * (4 / 3) * unit

// Without products sums are of inputs alone, in blocks: a chain of some thirty operations, of two units each, is as far off.
const roundingOfOthers = 64 * unit

const sumsProducts = new Set(["contracted", "convolved", "attended"])

// Rounding scales with the terms of a sum, which may all but cancel; a wrong index is off by as much as the elements are.
const allowed = ({ dtype, data }: HostArray, family: string): number => {
  if (!isFloating(dtype)) return 0
  let largest = 0
  for (const x of data) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x))
  const rounding = sumsProducts.has(family) ? roundingOfProducts : roundingOfOthers
  return (dtype === "f16" ? 2 ** -8 : rounding) * Math.max(largest, 1)
}

const differs = (a: HostArray, b: HostArray, most: number): string | null => {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join())
    return `${a.dtype}[${a.shape.join(", ")}] instead of ${b.dtype}[${b.shape.join(", ")}]`
  for (let i = 0; i < b.data.length; i++) {
    const [x, y] = [a.data[i]!, b.data[i]!]
    if (!(Math.abs(x - y) <= most) && !Object.is(x, y) && x !== y) return `element ${i} is ${x} instead of ${y}`
  }
  return null
}

/** Winograd's tiles of four multiply by numbers up to 8 on the way and lose a digit, as the convolutions' own tests allow too. */
const losesDigit = ({ choice }: Pick<PlanStep, "choice">): boolean =>
  choice["way"] === "winograd" && choice["tile"] === 4

/** What is wrong, one line for each case that differs. `steps` tells what computed them. */
export const differences = (
  { cases }: Program,
  results: readonly (readonly HostArray[])[],
  right: readonly (readonly HostArray[])[],
  steps: readonly Pick<PlanStep, "choice">[],
): readonly string[] =>
  cases.flatMap(({ family, seed }, i) =>
    right[i]!.flatMap((want, k) => {
      const slack = family === "convolved" && steps.some(losesDigit) ? 5 : 1
      const found = differs(results[i]![k]!, want, slack * allowed(want, family))
      return found === null ? [] : [`${family} ${seed}, ${k === 0 ? "value" : `gradient ${k}`}: ${found}`]
    }),
  )
