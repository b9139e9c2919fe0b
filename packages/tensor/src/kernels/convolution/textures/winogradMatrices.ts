import { statement, wgsl, type Wgsl } from "../../../codegen/expression.ts"
import { literal } from "../../../codegen/literal.ts"
import { range } from "../../emit/operand.ts"

type Matrix = readonly (readonly number[])[]

/**
 * Winograd's minimal filtering F(m×m, 3×3): Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A computes m×m outputs of a 3×3 filter g on a
 * tile d of m+2 pixels square with (m+2)² products. Lavin and Gray, "Fast algorithms for convolutional neural networks"
 * (2015), §4, at the points 0, ±1 (m = 2) and 0, ±1, ±2 (m = 4).
 */
export interface Winograd {
  /** Outputs of a tile along one axis. */
  readonly tile: number
  /** Pixels of a tile along one axis. */
  readonly extent: number
  readonly image: Matrix
  readonly weight: Matrix
  readonly result: Matrix
}

const two: Winograd = {
  tile: 2,
  extent: 4,
  image: [
    [1, 0, -1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, 1, 0, -1],
  ],
  weight: [
    [1, 0, 0],
    [1 / 2, 1 / 2, 1 / 2],
    [1 / 2, -1 / 2, 1 / 2],
    [0, 0, 1],
  ],
  result: [
    [1, 1, 1, 0],
    [0, 1, -1, -1],
  ],
}

const four: Winograd = {
  tile: 4,
  extent: 6,
  image: [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
  ],
  weight: [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ],
  result: [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 0],
    [0, 1, 1, 4, 4, 0],
    [0, 1, -1, 8, -8, 1],
  ],
}

export const winogradOf = (tile: number): Winograd => (tile === 2 ? two : four)

const term = (coefficient: number, name: string): Wgsl => {
  if (coefficient === 1) return wgsl`${name}`
  return coefficient === -1 ? wgsl`-${name}` : wgsl`${literal(coefficient, "f32")} * ${name}`
}

/** Σ coefficient·name as WGSL, without the terms that are zero. */
const sumText = (coefficients: readonly number[], names: readonly string[]): Wgsl => {
  const terms = coefficients
    .map((coefficient, i) => ({ coefficient, name: names[i]! }))
    .filter(({ coefficient }) => coefficient !== 0)
    .toSorted((a, b) => Math.sign(b.coefficient) - Math.sign(a.coefficient))
  const [first, ...others] = terms
  return others.reduce<Wgsl>(
    (sum, { coefficient, name }) => {
      const size = term(Math.abs(coefficient), name)
      return coefficient < 0 ? wgsl`${sum} - ${size}` : wgsl`${sum} + ${size}`
    },
    term(first!.coefficient, first!.name),
  )
}

/** `<prefix><i>_<j>` of a square of values, with their positions. */
export const squareNames = (
  prefix: string,
  extent: number,
): readonly (readonly [name: string, i: number, j: number])[] =>
  range(extent).flatMap((i) => range(extent).map((j) => [`${prefix}${i}_${j}`, i, j] as const))

/**
 * Declares `<to><i>_<j>` = (M · X · Mᵀ)[i][j] for the square of values named `<from><i>_<j>`, over `<to>h<i>_<j>` = M · X.
 */
export const squareTransform = (matrix: Matrix, from: string, to: string): readonly string[] => {
  const inner = matrix[0]!.length
  return [
    ...matrix.flatMap((row, i) =>
      range(inner).map(
        (j) =>
          statement`let ${to}h${i}_${j} = ${sumText(
            row,
            range(inner).map((k) => `${from}${k}_${j}`),
          )};`,
      ),
    ),
    ...matrix.flatMap((_, i) =>
      matrix.map(
        (row, j) =>
          statement`let ${to}${i}_${j} = ${sumText(
            row,
            range(inner).map((k) => `${to}h${i}_${k}`),
          )};`,
      ),
    ),
  ]
}
