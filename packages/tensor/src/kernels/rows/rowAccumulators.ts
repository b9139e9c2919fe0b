import { call, statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { combined, combinedTree, heldBy, type Combine } from "../emit/combine.ts"
import { wgslType } from "../../codegen/element.ts"
import { literal } from "../../codegen/literal.ts"
import { quadType } from "../../codegen/quads.ts"
import type { DType } from "../../dtype/dtype.ts"
import type { Tensor } from "../../graph/tensor.ts"
import { largestFinite } from "../../op/reduction.ts"
import { range } from "../emit/operand.ts"
import { acrossGroups } from "./rowGroups.ts"
import { foldName, type RowLayout } from "./emitRows.ts"
import type { Fold } from "./rowFolds.ts"

/** The statements of one fold of one row: its variables, one iteration, a block of iterations, and its results. */
export interface Accumulator {
  readonly start: readonly string[]
  readonly open: readonly string[]
  readonly body: readonly string[]
  readonly close: readonly string[]
  /** Declared before the walk, for what comes after it. */
  readonly results: readonly string[]
  readonly finish: readonly string[]
}

interface Place {
  readonly folds: readonly Tensor[]
  readonly row: number
  readonly layout: RowLayout
  readonly length: string
}

// A butterfly leaves the same bits in every lane, in an order that does not depend on the adapter.
const acrossLanes = (name: string, combine: Combine, layout: RowLayout, type = "f32"): readonly string[] => {
  const { lanes, together = lanes } = layout
  const statements: string[] = []
  for (let distance = 1; distance < together; distance *= 2)
    statements.push(
      statement`${name} = ${combined(combine, wgsl`${name}`, wgsl`subgroupShuffleXor(${name}, DISTANCE_${distance})`)};`,
    )
  return lanes === together ? statements : [...statements, ...acrossGroups(name, combine, layout, type)]
}

const vectorType = ({ dtype }: { readonly dtype: DType }, width: number): string =>
  width === 4 ? quadType(dtype) : wgslType(dtype)

const components = (name: string, width: number): readonly Wgsl[] =>
  width === 4 ? ["x", "y", "z", "w"].map((component) => wgsl`${name}.${component}`) : [wgsl`${name}`]

/** The elements of an iteration as vectors of the layout's width. */
const vectorsOf = (values: readonly Wgsl[], width: number, type: string): readonly Wgsl[] =>
  range(values.length / width).map((step) =>
    width === 1 ? values[step]! : call(type, values.slice(step * width, (step + 1) * width)),
  )

const plain = (
  { combine: reduction, results: [result] }: Fold & { readonly kind: "plain" },
  values: readonly Wgsl[],
  place: Place,
): Accumulator => {
  const { width } = place.layout
  const { combine, dtype, start, hold, give } = heldBy(reduction, result.dtype)
  const name = foldName(result, place.folds, place.row)
  const type = vectorType({ dtype }, width)
  const vectors = vectorsOf(values, width, vectorType(result, width))
  const added = combinedTree(
    combine,
    vectors.map((vector) => hold(vector, width)),
  )
  const sums = combine === "sum"
  const into = sums ? `part_${name}` : `all_${name}`
  return {
    results: [statement`var ${name} = ${wgslType(result.dtype)}();`],
    start: [statement`var all_${name} = ${wgsl`${type}(${start})`};`],
    open: sums ? [statement`var part_${name} = ${wgsl`${type}(${start})`};`] : [],
    body: [statement`${into} = ${combined(combine, wgsl`${into}`, added)};`],
    close: sums ? [statement`all_${name} += part_${name};`] : [],
    finish: [
      statement`var held_${name} = ${combinedTree(combine, components(`all_${name}`, width))};`,
      ...acrossLanes(`held_${name}`, combine, place.layout, wgslType(dtype)),
      statement`${name} = ${give(wgsl`held_${name}`)};`,
    ],
  }
}

// Each component keeps count, mean and Σ (x - mean)² of its own elements; they join when the walk is over.
const moments = (
  { results: [total, squares] }: Fold & { readonly kind: "moments" },
  values: readonly Wgsl[],
  place: Place,
): Accumulator => {
  const { width } = place.layout
  const [sum, spread] = [total, squares].map((tensor) => foldName(tensor, place.folds, place.row)) as [string, string]
  const type = vectorType(total, width)
  const vectors = vectorsOf(values, width, type)
  const count = vectors.length
  const named = (i: number): Wgsl => wgsl`x${i}_${sum}`
  const n = `count_${sum}`
  return {
    results: [statement`var ${sum} = f32();`, statement`var ${spread} = f32();`],
    start: [
      statement`var mean_${sum} = ${type}();`,
      statement`var all_${spread} = ${type}();`,
      statement`var ${n} = f32();`,
    ],
    open: [],
    body: [
      ...vectors.map((vector, i) => statement`let ${named(i)} = ${vector};`),
      statement`let share_${sum} = ${count}.0 / (${n} + ${count}.0);`,
      statement`let near_${sum} = ${count === 1 ? named(0) : wgsl`${combinedTree("sum", range(count).map(named))} * ${1 / count}`};`,
      statement`let apart_${sum} = near_${sum} - mean_${sum};`,
      statement`mean_${sum} += apart_${sum} * share_${sum};`,
      statement`all_${spread} += apart_${sum} * apart_${sum} * (${n} * share_${sum});`,
      ...(count === 1
        ? []
        : [statement`all_${spread} += ${squaresAround(wgsl`near_${sum}`, range(count).map(named))};`]),
      statement`${n} += ${count}.0;`,
    ],
    close: [],
    finish: [
      statement`${sum} = ${n} * ${combinedTree("sum", components(`mean_${sum}`, width))};`,
      ...acrossLanes(sum, "sum", place.layout),
      statement`let off_${sum} = mean_${sum} - ${sum} / f32(${place.length});`,
      statement`all_${spread} += ${n} * off_${sum} * off_${sum};`,
      statement`${spread} = ${combinedTree("sum", components(`all_${spread}`, width))};`,
      ...acrossLanes(spread, "sum", place.layout),
    ],
  }
}

const squaresAround = (centre: Wgsl, names: readonly Wgsl[]): Wgsl =>
  combinedTree(
    "sum",
    names.map((name) => wgsl`(${name} - ${centre}) * (${name} - ${centre})`),
  )

type Powers = Fold & { readonly kind: "powers" | "boundedPowers" }

// What is subtracted. From a maximum of -∞ nothing is: ∞ - ∞ would spoil what other lanes hold.
const baseOf = ({ kind }: Powers, name: string): Wgsl =>
  kind === "powers"
    ? wgsl`select(${name}, f32(), ${name} == ${literal(-Infinity, "f32")})`
    : wgsl`clamp(${name}, ${literal(-largestFinite, "f32")}, ${literal(largestFinite, "f32")})`

const powers = (fold: Powers, values: readonly Wgsl[], place: Place): Accumulator => {
  const [top, sum] = fold.results.map((tensor) => foldName(tensor, place.folds, place.row)) as [string, string]
  const least = literal(-Infinity, "f32")
  return {
    results: [statement`var ${top} = ${least};`, statement`var ${sum} = f32();`],
    start: [],
    open: [],
    body: [
      statement`let held_${top} = max(${top}, ${combinedTree("max", values)});`,
      statement`let base_${top} = ${baseOf(fold, `held_${top}`)};`,
      statement`${sum} = ${sum} * exp_f32(${top} - base_${top}) + ${combinedTree(
        "sum",
        values.map((value) => wgsl`exp_f32(${value} - base_${top})`),
      )};`,
      statement`${top} = held_${top};`,
    ],
    close: [],
    finish: [
      statement`let own_${top} = ${top};`,
      ...acrossLanes(top, "max", place.layout),
      statement`${sum} *= exp_f32(own_${top} - ${baseOf(fold, top)});`,
      ...acrossLanes(sum, "sum", place.layout),
    ],
  }
}

/** How a fold is computed for one of the rows walked at once, from the elements of an iteration. */
export const accumulatorOf = (fold: Fold, values: readonly Wgsl[], place: Place): Accumulator => {
  if (fold.kind === "plain") return plain(fold, values, place)
  return fold.kind === "moments"
    ? moments(fold as Fold & { kind: "moments" }, values, place)
    : powers(fold as Powers, values, place)
}

/**
 * Statements that join with a fold's accumulator, of one element at a time, what a walk over `count` other elements has found: its results
 * in their order. Moments by the formula of Chan, Golub and LeVeque (1983).
 */
export const takenUp = (
  fold: Fold,
  found: readonly Wgsl[],
  count: Wgsl,
  folds: readonly Tensor[],
): readonly string[] => {
  const [name, other] = fold.results.map((tensor) => foldName(tensor, folds, 0)) as [string, string]
  const [first, second] = found as [Wgsl, Wgsl]
  if (fold.kind === "plain") {
    const { combine, hold } = heldBy(fold.combine, fold.results[0].dtype)
    return [statement`all_${name} = ${combined(combine, wgsl`all_${name}`, hold(first, 1))};`]
  }
  if (fold.kind !== "moments") return joinedPowers(fold as Powers, [name, other], [first, second])
  return [
    statement`let own_${name} = f32(${count});`,
    statement`let share_${name} = own_${name} / (count_${name} + own_${name});`,
    statement`let apart_${name} = ${first} / own_${name} - mean_${name};`,
    statement`mean_${name} += apart_${name} * share_${name};`,
    statement`all_${other} += ${second} + apart_${name} * apart_${name} * (count_${name} * share_${name});`,
    statement`count_${name} += own_${name};`,
  ]
}

const joinedPowers = (
  fold: Powers,
  [top, sum]: readonly [string, string],
  [foundTop, foundSum]: readonly [Wgsl, Wgsl],
): readonly string[] => [
  statement`let found_${top} = ${foundTop};`,
  statement`let held_${top} = max(${top}, found_${top});`,
  statement`let base_${top} = ${baseOf(fold, `held_${top}`)};`,
  statement`${sum} = ${sum} * exp_f32(${top} - base_${top}) + ${foundSum} * exp_f32(found_${top} - base_${top});`,
  statement`${top} = held_${top};`,
]

/** WGSL functions that the statements of a fold call. */
export const foldFunctions = (fold: Fold): readonly string[] =>
  fold.kind === "plain" ? heldBy(fold.combine, fold.results[0].dtype).functions : []
