import { wgslType } from "../../codegen/element.ts"
import { literal } from "../../codegen/literal.ts"
import { quadType } from "../../codegen/quads.ts"
import type { Tensor } from "../../graph.ts"
import { highest, lowest } from "../../reduction.ts"
import { range } from "../emit/operand.ts"
import { foldName, type RowLayout } from "./rowProgram.ts"
import type { Combine, Fold } from "./rowFolds.ts"

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

const combined = (combine: Combine, a: string, b: string): string =>
  combine === "sum" ? `(${a} + ${b})` : `${combine}(${a}, ${b})`

// Neighbours first: the depth of the tree, not its width, decides how rounding errors add up.
const tree = (combine: Combine, values: readonly string[]): string => {
  if (values.length === 1) return values[0]!
  const half = Math.ceil(values.length / 2)
  return combined(combine, tree(combine, values.slice(0, half)), tree(combine, values.slice(half)))
}

// A butterfly leaves the same bits in every lane, in an order that does not depend on the adapter.
const acrossLanes = (name: string, combine: Combine, lanes: number): readonly string[] => {
  const statements: string[] = []
  for (let distance = 1; distance < lanes; distance *= 2)
    statements.push(`${name} = ${combined(combine, name, `subgroupShuffleXor(${name}, DISTANCE_${distance})`)};`)
  return statements
}

const neutral = (combine: Combine, { dtype }: Tensor): string =>
  combine === "sum" ? `${wgslType(dtype)}()` : literal(combine === "max" ? lowest(dtype) : highest(dtype), dtype)

const vectorType = ({ dtype }: Tensor, width: number): string => (width === 4 ? quadType(dtype) : wgslType(dtype))

const components = (name: string, width: number): readonly string[] =>
  width === 4 ? ["x", "y", "z", "w"].map((component) => `${name}.${component}`) : [name]

/** The elements of an iteration as vectors of the layout's width. */
const vectorsOf = (values: readonly string[], width: number, type: string): readonly string[] =>
  range(values.length / width).map((step) =>
    width === 1 ? values[step]! : `${type}(${values.slice(step * width, (step + 1) * width).join(", ")})`,
  )

const plain = (
  { combine, results: [result] }: Fold & { readonly kind: "plain" },
  values: readonly string[],
  place: Place,
): Accumulator => {
  const { width, lanes } = place.layout
  const name = foldName(result, place.folds, place.row)
  const type = vectorType(result, width)
  const start = `${type}(${neutral(combine, result)})`
  const added = tree(combine, vectorsOf(values, width, type))
  const sums = combine === "sum"
  const held = sums ? `part_${name}` : `all_${name}`
  return {
    results: [`var ${name} = ${neutral(combine, result)};`],
    start: [`var all_${name} = ${start};`],
    open: sums ? [`var part_${name} = ${start};`] : [],
    body: [`${held} = ${combined(combine, held, added)};`],
    close: sums ? [`all_${name} += part_${name};`] : [],
    finish: [`${name} = ${tree(combine, components(`all_${name}`, width))};`, ...acrossLanes(name, combine, lanes)],
  }
}

// Each component keeps count, mean and Σ (x - mean)² of its own elements; they join when the walk is over.
const moments = (
  { results: [total, squares] }: Fold & { readonly kind: "moments" },
  values: readonly string[],
  place: Place,
): Accumulator => {
  const { width, lanes } = place.layout
  const [sum, spread] = [total, squares].map((tensor) => foldName(tensor, place.folds, place.row)) as [string, string]
  const type = vectorType(total, width)
  const vectors = vectorsOf(values, width, type)
  const count = vectors.length
  const named = (i: number): string => `x${i}_${sum}`
  const n = `count_${sum}`
  return {
    results: [`var ${sum} = f32();`, `var ${spread} = f32();`],
    start: [`var mean_${sum} = ${type}();`, `var all_${spread} = ${type}();`, `var ${n} = f32();`],
    open: [],
    body: [
      ...vectors.map((vector, i) => `let ${named(i)} = ${vector};`),
      `let share_${sum} = ${count}.0 / (${n} + ${count}.0);`,
      `let near_${sum} = ${tree("sum", range(count).map(named))}${count === 1 ? "" : ` * ${1 / count}`};`,
      `let apart_${sum} = near_${sum} - mean_${sum};`,
      `mean_${sum} += apart_${sum} * share_${sum};`,
      `all_${spread} += apart_${sum} * apart_${sum} * (${n} * share_${sum});`,
      ...(count === 1 ? [] : [`all_${spread} += ${squaresAround(`near_${sum}`, range(count).map(named))};`]),
      `${n} += ${count}.0;`,
    ],
    close: [],
    finish: [
      `${sum} = ${n} * ${tree("sum", components(`mean_${sum}`, width))};`,
      ...acrossLanes(sum, "sum", lanes),
      `let off_${sum} = mean_${sum} - ${sum} / f32(${place.length});`,
      `all_${spread} += ${n} * off_${sum} * off_${sum};`,
      `${spread} = ${tree("sum", components(`all_${spread}`, width))};`,
      ...acrossLanes(spread, "sum", lanes),
    ],
  }
}

const squaresAround = (centre: string, names: readonly string[]): string =>
  tree(
    "sum",
    names.map((name) => `(${name} - ${centre}) * (${name} - ${centre})`),
  )

// From a maximum of -∞ nothing is subtracted: ∞ - ∞ would spoil what other lanes hold.
const finite = (name: string): string => `select(${name}, f32(), ${name} == ${literal(-Infinity, "f32")})`

const powers = (
  { results: [largest, total] }: Fold & { readonly kind: "powers" },
  values: readonly string[],
  place: Place,
): Accumulator => {
  const { lanes } = place.layout
  const [top, sum] = [largest, total].map((tensor) => foldName(tensor, place.folds, place.row)) as [string, string]
  const least = literal(-Infinity, "f32")
  return {
    results: [`var ${top} = ${least};`, `var ${sum} = f32();`],
    start: [],
    open: [],
    body: [
      `let held_${top} = max(${top}, ${tree("max", values)});`,
      `let base_${top} = ${finite(`held_${top}`)};`,
      `${sum} = ${sum} * exp_f32(${top} - base_${top}) + ${tree(
        "sum",
        values.map((value) => `exp_f32(${value} - base_${top})`),
      )};`,
      `${top} = held_${top};`,
    ],
    close: [],
    finish: [
      `let own_${top} = ${top};`,
      ...acrossLanes(top, "max", lanes),
      `${sum} *= exp_f32(own_${top} - ${finite(top)});`,
      ...acrossLanes(sum, "sum", lanes),
    ],
  }
}

/** How a fold is computed for one of the rows walked at once, from the elements of an iteration. */
export const accumulatorOf = (fold: Fold, values: readonly string[], place: Place): Accumulator => {
  if (fold.kind === "plain") return plain(fold, values, place)
  return fold.kind === "moments"
    ? moments(fold as Fold & { kind: "moments" }, values, place)
    : powers(fold as Fold & { kind: "powers" }, values, place)
}
