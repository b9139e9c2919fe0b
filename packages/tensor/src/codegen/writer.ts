import { quotientText } from "./division.ts"
import { chain, isName, statement, wgsl, type Wgsl } from "./expression.ts"
import { rejoin, type Index } from "./indexing.ts"

/** Statements that name what expressions share, as they are written. */
export interface Writer {
  readonly lines: string[]
  readonly names: Map<string, Wgsl>
  readonly extents: ReadonlyMap<string, readonly number[]>
  /** Variables that change outside of the loop the statements are for, and what is computed from nothing else. */
  readonly fixed: Set<string>
}

/** The name of an expression, which is declared once. */
export const declare = (writer: Writer, key: string, type: string, expression: Wgsl): Wgsl => {
  const held = writer.names.get(key)
  if (held !== undefined) return held
  const name = wgsl`v${writer.names.size}`
  writer.names.set(key, name)
  writer.lines.push(statement`let ${name}: ${type} = ${expression};`)
  return name
}

// The joint row-major position of neighbouring axes first…last of a space: one division and one remainder at most.
const joinedCoordinate = (writer: Writer, space: string, first: number, last: number): Wgsl => {
  const extents = writer.extents.get(space)!
  const inner = extents.slice(last + 1).reduce((size, extent) => size * extent, 1)
  const range = extents.slice(first, last + 1).reduce((size, extent) => size * extent, 1)
  const size = extents.reduce((product, extent) => product * extent, 1)
  const variable = wgsl`${space}`
  const whole =
    inner === 1 ? variable : declare(writer, `${space}/${inner}`, "u32", quotientText(variable, inner, size - 1))
  if (first === 0) return whole
  const above = declare(writer, `${space}/${inner * range}`, "u32", quotientText(variable, inner * range, size - 1))
  return declare(writer, `${space}:${first}:${last}`, "u32", wgsl`${whole} - ${above} * ${range}u`)
}

interface Run {
  readonly space: string
  readonly first: number
  readonly last: number
  readonly coefficient: number
}

// Neighbouring axes whose coefficients fit together (outer = inner · extent) read as one joint coordinate.
const runsOf = (index: Index, extents: Writer["extents"]): readonly Run[] => {
  const axes = index.terms
    .filter(({ atom }) => atom.axis !== undefined)
    .map(({ atom, coefficient }) => ({ ...atom.axis!, coefficient }))
    .toSorted((a, b) => (a.space === b.space ? a.axis - b.axis : a.space < b.space ? -1 : 1))
  const runs: Run[] = []
  for (const { space, axis, coefficient } of axes) {
    const run = runs.at(-1)
    const joins =
      run !== undefined &&
      run.space === space &&
      run.last === axis - 1 &&
      run.coefficient === coefficient * extents.get(space)![axis]!
    if (joins) runs[runs.length - 1] = { ...run, last: axis, coefficient }
    else runs.push({ space, first: axis, last: axis, coefficient })
  }
  return runs
}

const scaled = (expression: Wgsl, coefficient: number): Wgsl =>
  coefficient === 1 ? expression : wgsl`${expression} * ${coefficient}u`

const named = (writer: Writer, index: Index): Wgsl => {
  const sum = sumText(writer, index)
  return isName(sum) ? sum : declare(writer, `index:${sum.text}`, "u32", sum)
}

/** Whether an index is computed from variables alone that change outside of the loop. */
export const isFixed = ({ fixed }: Writer, { terms }: Index): boolean =>
  fixed.size > 0 && terms.length > 0 && terms.every(({ atom }) => fixed.has(atom.name))

/** An index as text. What stays the same in a loop is named, so that it can be computed before it; what neighbours share is named once. */
export const indexText = (writer: Writer, parts: Index): Wgsl => {
  const index = rejoin(parts)
  const fixed = index.terms.filter(({ atom }) => writer.fixed.has(atom.name))
  if (fixed.length === 0 || fixed.length === index.terms.length) return sumText(writer, index)
  const base = named(writer, { terms: fixed, offset: 0 })
  const start =
    index.offset === 0 ? base : declare(writer, `${base.text}+${index.offset}`, "u32", wgsl`${base} + ${index.offset}u`)
  return wgsl`${start} + ${named(writer, { terms: index.terms.filter((term) => !fixed.includes(term)), offset: 0 })}`
}

// Loop variables first, then values in the order they were named: sums of the same terms read the same.
const byName = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1)

const sumText = (writer: Writer, index: Index): Wgsl => {
  const joined = runsOf(index, writer.extents).map(({ space, first, last, coefficient }) =>
    scaled(joinedCoordinate(writer, space, first, last), coefficient),
  )
  const free = index.terms
    .filter(({ atom }) => atom.axis === undefined)
    .toSorted((a, b) => byName(a.atom.name, b.atom.name))
    .map(({ atom, coefficient }) => scaled(wgsl`${atom.name}`, coefficient))
  const summands = [...joined, ...free, ...(index.offset === 0 ? [] : [wgsl`${index.offset}u`])]
  return summands.length === 0 ? wgsl`0u` : chain("+", summands)
}
