import { call, statement, wgsl, type Wgsl } from "../../codegen/expression.ts"
import { range } from "../emit/operand.ts"

/**
 * One operand of a product: how an invocation fetches four of its values at a time. Its rows are those of the left operand, the columns
 * of the right one.
 */
export interface SharedSide {
  readonly name: "left" | "right"
  /**
   * Which neighbours are one vector in memory: four depths of a row, or four rows at a depth. `null`: elements are fetched one by one,
   * those of four neighbouring rows at a depth.
   */
  readonly vectors: "depths" | "rows" | null
  /** Whether neighbouring invocations take neighbouring depths, as they should where these are neighbours in memory. */
  readonly alongDepth: boolean
  /** What values are multiplied by on their way into workgroup memory: the name of a variable. */
  readonly scale?: string
  /** Names what is the same in every step of depth; `row` is the first row, `depth` the first depth within a step, `id` tells fetches apart. */
  readonly prepare: (id: string, row: Wgsl, depth: Wgsl) => readonly string[]
  readonly fetch: (id: string, at: Depth) => Fetched
}

/** A depth: of the whole sum, and as the first depth of a step from which places that are prepared count. */
export interface Depth {
  readonly depth: Wgsl
  readonly step: Wgsl
}

/** Four values: 0 where `condition` does not hold. Rows beyond the last may be anything, depths beyond the end of the sum must be 0. */
export interface Fetched {
  readonly lines: readonly string[]
  readonly values: Wgsl
  readonly condition: Wgsl | null
}

/** The same side, its values multiplied by `<name>_scale`. */
export const scaledSide = (side: SharedSide): SharedSide => ({ ...side, scale: `${side.name}_scale` })

/** Whether an operand of a tile lies depth by depth or row by row where vectors of its neighbours are fetched. */
export const liesInDepths = ({ vectors }: Pick<SharedSide, "vectors">): boolean => vectors === "depths"

/** What an invocation fetches at a time of an operand's tile of `extent` rows: a block of so many rows and depths. */
export interface StagedSide {
  readonly side: SharedSide
  readonly extent: number
  readonly rows: 1 | 4
  readonly depths: 1 | 4
}

/** How the invocations of a workgroup fetch one step of depth, of both operands or of the one that is not at hand. */
export interface Staging {
  readonly sides: readonly [StagedSide] | readonly [StagedSide, StagedSide]
  readonly depth: number
  readonly invocations: number
}

/** A block that an invocation holds: where it lies within the step's tile, and the names of its vectors. */
export interface HeldBlock {
  readonly staged: StagedSide
  readonly id: string
  readonly row: string
  readonly depth: string
  readonly values: readonly Wgsl[]
}

const further = (name: string, by: number): Wgsl => (by === 0 ? wgsl`${name}` : wgsl`${name} + ${by}u`)

const blocksOf = ({ extent, rows, depths }: StagedSide, depth: number): number => (extent / rows) * (depth / depths)

/** Vectors of a block: one for each row of which depths are fetched, or for each depth at which rows are. */
const vectorsOf = ({ rows, depths }: StagedSide): number => Math.max(1, (rows * depths) / 4)

/** What the invocations do at a time: those below `lanes` fetch of the first side, the others of the second, where there are two. */
interface Turn {
  readonly id: string
  readonly parts: readonly (readonly [staged: StagedSide, number: Wgsl])[]
  /** Invocations that fetch of the first part, and of both; `null` where all do. */
  readonly lanes: number | null
  readonly busy: number | null
}

const turnsOf = ({ sides: [one, other], depth, invocations }: Staging): readonly Turn[] => {
  const ofOne = blocksOf(one, depth)
  const all = ofOne + (other === undefined ? 0 : blocksOf(other, depth))
  return range(Math.ceil(all / invocations)).map((i): Turn => {
    const first = i * invocations
    const end = first + invocations
    const takesOne = first < ofOne
    const taken = end > ofOne ? other : undefined
    const number = further("lane", first)
    const oneNumber = end > ofOne ? wgsl`min(${number}, ${ofOne - 1}u)` : number
    const from = (): Wgsl =>
      takesOne ? wgsl`max(lane, ${ofOne - first}u) - ${ofOne - first}u` : further("lane", first - ofOne)
    const otherNumber = (): Wgsl => (end > all ? wgsl`min(${from()}, ${all - ofOne - 1}u)` : from())
    return {
      id: String(i),
      parts: [
        ...(takesOne ? [[one, oneNumber] as const] : []),
        ...(taken === undefined ? [] : [[taken, otherNumber()] as const]),
      ],
      lanes: takesOne && taken !== undefined ? ofOne - first : null,
      busy: end > all ? all - first : null,
    }
  })
}

/** Statements of a turn's parts, each for the invocations that fetch it; conditions are the same in a whole subgroup, mostly. */
const byLanes = ({ parts, lanes, busy }: Turn, text: (staged: StagedSide) => readonly string[]): readonly string[] => {
  const [one, other] = parts.map(([staged]) => text(staged))
  if (other === undefined) return busy === null ? one! : [statement`if (lane < ${busy}u) {`, ...one!, "}"]
  const otherwise = busy === null ? "} else {" : statement`} else if (lane < ${busy}u) {`
  return [statement`if (lane < ${lanes!}u) {`, ...one!, otherwise, ...other, "}"]
}

const rowName = ({ side }: StagedSide, id: string): string => `${side.name}_row${id}`
const depthName = ({ side }: StagedSide, id: string): string => `${side.name}_depth${id}`
const vectorName = (id: string, vector: number): string => `next${id}_${vector}`

/** Rows of one block whose depths are vectors have places of their own; all else counts from one place. */
const placesOf = ({ side, rows }: StagedSide, id: string): readonly (readonly [id: string, row: number])[] =>
  side.vectors === "depths" ? range(rows).map((row) => [`${id}_${row}`, row] as const) : [[id, 0] as const]

const rowAt = (staged: StagedSide, id: string, by: number): Wgsl => {
  const first = wgsl`${`first_${staged.side.name}`} + ${rowName(staged, id)}`
  return by === 0 ? first : wgsl`${first} + ${by}u`
}

const placeText = (staged: StagedSide, id: string, number: Wgsl, depth: number): readonly string[] => {
  const { side, extent, rows, depths } = staged
  const [rowBlocks, depthBlocks] = [extent / rows, depth / depths]
  const alongDepth = side.vectors === null ? side.alongDepth : side.vectors === "depths"
  const [row, at] = alongDepth
    ? [wgsl`${number} / ${depthBlocks}u`, wgsl`${number} % ${depthBlocks}u`]
    : [wgsl`${number} % ${rowBlocks}u`, wgsl`${number} / ${rowBlocks}u`]
  return [
    statement`let ${rowName(staged, id)} = ${row} * ${rows}u;`,
    statement`let ${depthName(staged, id)} = ${at} * ${depths}u;`,
    ...placesOf(staged, id).flatMap(([place, r]) =>
      side.prepare(place, rowAt(staged, id, r), wgsl`${depthName(staged, id)}`),
    ),
  ]
}

const intoNext = (name: string, { lines, values, condition }: Fetched): readonly string[] => [
  ...lines,
  condition === null
    ? statement`${name} = ${values};`
    : statement`if (${condition}) { ${name} = ${values}; } else { ${name} = vec4<f32>(); }`,
]

const fetchBlock = (staged: StagedSide, id: string): readonly string[] => {
  const { side } = staged
  const k = `${side.name}_k${id}`
  const fetched = (vector: number): Fetched =>
    side.vectors === "depths"
      ? side.fetch(`${id}_${vector}`, { depth: wgsl`${k}`, step: wgsl`k` })
      : side.fetch(id, { depth: further(k, vector), step: further("k", vector) })
  return [
    statement`let ${k} = k + ${depthName(staged, id)};`,
    ...range(vectorsOf(staged)).flatMap((vector) => intoNext(vectorName(id, vector), fetched(vector))),
  ]
}

/** Places and variables of what is fetched, to stand before the loop over depths. */
export const stagingText = (staging: Staging): readonly string[] => {
  const turns = turnsOf(staging)
  return [
    ...turns.flatMap(({ id, parts }) =>
      parts.flatMap(([staged, number]) => placeText(staged, id, number, staging.depth)),
    ),
    ...turns.flatMap(({ id, parts }) =>
      range(Math.max(...parts.map(([staged]) => vectorsOf(staged)))).map(
        (vector) => statement`var ${vectorName(id, vector)} = vec4<f32>();`,
      ),
    ),
  ]
}

/** Fetches the step of depth that begins at `k`. */
export const fetchStep = (staging: Staging): readonly string[] =>
  turnsOf(staging).flatMap((turn) => byLanes(turn, (staged) => fetchBlock(staged, turn.id)))

/** Lays what was fetched down, as `write` says. Scales are applied here: before, values would have to have come. */
export const fillStep = (staging: Staging, write: (block: HeldBlock) => readonly string[]): readonly string[] =>
  turnsOf(staging).flatMap((turn) =>
    byLanes(turn, (staged) => {
      const { id } = turn
      const { scale } = staged.side
      const values = range(vectorsOf(staged)).map((vector) =>
        scale === undefined ? wgsl`${vectorName(id, vector)}` : wgsl`${vectorName(id, vector)} * ${scale}`,
      )
      return write({ staged, id, row: rowName(staged, id), depth: depthName(staged, id), values })
    }),
  )

/** The vectors of a block of 4×4 turned over: of each depth the values of its rows. */
export const turnedOver = (names: readonly string[]): readonly Wgsl[] =>
  [..."xyzw"].map((c) =>
    call(
      "vec4<f32>",
      names.map((name) => wgsl`${name}.${c}`),
    ),
  )
