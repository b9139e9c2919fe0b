import type { Shape } from "../shape/shape.ts"
import { stridesOf } from "../shape/shape.ts"

/** A shader variable of type u32 with values in [0, extent). `axis` marks a coordinate of an iteration space. */
export interface Atom {
  /** Set where the atom is the quotient or remainder of another index: the two together are that index again. */
  readonly part?: {
    readonly of: Index
    readonly key: string
    readonly divisor: number
    readonly kind: "quotient" | "remainder"
  }
  readonly name: string
  readonly extent: number
  readonly axis?: { readonly space: string; readonly axis: number }
}

/**
 * An index known to the emitter: `offset + Σ coefficient·atom`, all non-negative. Keeping indices affine lets reshapes
 * that undo each other vanish, and neighbouring coordinates collapse into one division.
 */
export interface Index {
  readonly terms: readonly { readonly atom: Atom; readonly coefficient: number }[]
  readonly offset: number
}

export const constantIndex = (offset: number): Index => ({ terms: [], offset })

export const atomIndex = (atom: Atom): Index =>
  atom.extent === 1 ? constantIndex(0) : { terms: [{ atom, coefficient: 1 }], offset: 0 }

export const scaleIndex = (index: Index, factor: number): Index =>
  factor === 0
    ? constantIndex(0)
    : {
        terms: index.terms.map(({ atom, coefficient }) => ({ atom, coefficient: coefficient * factor })),
        offset: index.offset * factor,
      }

export const addIndex = (a: Index, b: Index): Index => {
  const terms = new Map(a.terms.map((term) => [term.atom.name, term]))
  for (const term of b.terms) {
    const held = terms.get(term.atom.name)
    terms.set(
      term.atom.name,
      held === undefined ? term : { atom: term.atom, coefficient: held.coefficient + term.coefficient },
    )
  }
  return { terms: [...terms.values()], offset: a.offset + b.offset }
}

type Term = Index["terms"][number]

const isQuotientFor = (remainder: Term, term: Term): boolean => {
  const [a, b] = [remainder.atom.part!, term.atom.part]
  return (
    b?.kind === "quotient" &&
    b.key === a.key &&
    b.divisor === a.divisor &&
    term.coefficient === remainder.coefficient * a.divisor
  )
}

/** Puts quotients and remainders that belong together back into the index they came from. */
export const rejoin = (index: Index): Index => {
  for (const remainder of index.terms) {
    if (remainder.atom.part?.kind !== "remainder") continue
    const quotient = index.terms.find((term) => isQuotientFor(remainder, term))
    if (quotient === undefined) continue
    const rest: Index = {
      terms: index.terms.filter((term) => term !== remainder && term !== quotient),
      offset: index.offset,
    }
    return rejoin(addIndex(rest, scaleIndex(remainder.atom.part.of, remainder.coefficient)))
  }
  return index
}

/** The largest value the index takes. */
export const maxIndex = (index: Index): number =>
  index.terms.reduce((sum, { atom, coefficient }) => sum + coefficient * (atom.extent - 1), index.offset)

/** Row-major position of coordinates in `shape`. */
export const linearIndex = (index: readonly Index[], shape: Shape): Index => {
  const strides = stridesOf(shape)
  return index.reduce(
    (sum, coordinate, axis) => addIndex(sum, scaleIndex(coordinate, strides[axis]!)),
    constantIndex(0),
  )
}

/** An index as `whole · divisor + rest`: terms that the divisor divides leave no remainder, whatever their values. */
export const splitDivision = (index: Index, divisor: number): { readonly whole: Index; readonly rest: Index } => {
  const divides = ({ coefficient }: Index["terms"][number]): boolean => coefficient % divisor === 0
  const terms = index.terms
    .filter(divides)
    .map(({ atom, coefficient }) => ({ atom, coefficient: coefficient / divisor }))
  return {
    whole: { terms, offset: Math.floor(index.offset / divisor) },
    rest: { terms: index.terms.filter((term) => !divides(term)), offset: index.offset % divisor },
  }
}

/** Greatest common divisor; that of 0 and a is a. */
export const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))

/** `index` in steps: `unit · inner + offset` with offset < unit, where `unit` is the largest that also divides `divisor`. */
export const inUnits = (
  index: Index,
  divisor: number,
): { readonly unit: number; readonly inner: Index; readonly offset: number } => {
  const unit = index.terms.reduce((held, { coefficient }) => greatestDivisor(held, coefficient), divisor)
  return {
    unit,
    inner: {
      terms: index.terms.map(({ atom, coefficient }) => ({ atom, coefficient: coefficient / unit })),
      offset: Math.floor(index.offset / unit),
    },
    offset: index.offset % unit,
  }
}

/** Splits a row-major position into coordinates of `shape`. `divide` makes a new atom where a division is needed. */
export const delinearize = (
  position: Index,
  shape: Shape,
  divide: (index: Index, divisor: number) => { readonly quotient: Index; readonly remainder: Index },
): readonly Index[] => {
  const coordinates = new Array<Index>(shape.length)
  let rest = position
  for (let axis = shape.length - 1; axis > 0; axis--) {
    const extent = shape[axis]!
    const { quotient, remainder } =
      extent === 1 ? { quotient: rest, remainder: constantIndex(0) } : divide(rest, extent)
    coordinates[axis] = remainder
    rest = quotient
  }
  if (shape.length > 0) coordinates[0] = shape[0] === 1 ? constantIndex(0) : rest
  return coordinates
}
