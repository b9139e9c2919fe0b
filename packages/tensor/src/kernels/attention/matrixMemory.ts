import { call, statement, wgsl, type Part, type Wgsl } from "../../codegen/expression.ts"
import { lines, range } from "../emit/operand.ts"
import { upperFunction } from "../emit/scale.ts"
import { vectorLoad } from "../emit/vectorReads.ts"
import { halvesOf, pitchOf } from "../tiles/matrixChoice.ts"
import { halfOf, type MatrixMemory, type RightPlace } from "../tiles/subgroupMatrices.ts"
import { columnsOf, keptMatrices, type MatrixWriter, type Multiplied } from "./matrixRows.ts"
import { isWhole, scorePitch, tokenInvocations } from "./matrixTile.ts"
import { operandNames } from "./problem.ts"

const invocationsOf = ({ choice, subgroupSize }: MatrixWriter): number => tokenInvocations(choice, subgroupSize)

const metMemory = ({ choice }: MatrixWriter, name: string): MatrixMemory => ({ name, pitch: pitchOf(choice.chunk) })

/** Where others lie: each operand in its own place where whole rows fit, else all in turn. */
export const metPlace = (writer: MatrixWriter, name: Multiplied): MatrixMemory =>
  metMemory(writer, isWhole(writer.choice) ? `met${writer.met.indexOf(name)}` : "met0")

const metPlaces = (writer: MatrixWriter): readonly MatrixMemory[] =>
  isWhole(writer.choice) ? [0, 1].map((i) => metMemory(writer, `met${i}`)) : [metMemory(writer, "met0")]

/** Weights of all rows and others, of one result or another. They take the place of the own tokens' chunks, which are of the same extent. */
export const weightsPlace = ({ choice, weightPlaces }: MatrixWriter, result = 0): MatrixMemory => ({
  name: result % weightPlaces === 0 ? "weights" : "more_weights",
  pitch: pitchOf(choice.others),
})

export const scoresPlace = ({ choice }: MatrixWriter, i: number): MatrixMemory => ({
  name: `scores${i}`,
  pitch: scorePitch(choice),
})

const orders = ["row_major", "col_major"] as const

/** Workgroup variables, and functions that fill them. */
export const declarations = (writer: MatrixWriter): readonly string[] => {
  const { choice, matrices, own } = writer
  const halves = halvesOf(choice)
  const memory = ({ name }: MatrixMemory, elements: number): readonly string[] =>
    halves.map((half) => statement`var<workgroup> ${name}_${half}: array<vec4<f16>, ${elements / 4}>;`)
  const places = metPlaces(writer)
  const weights = range(writer.weightPlaces).map((result) => weightsPlace(writer, result))
  const inHalves = (places: readonly MatrixMemory[]): readonly MatrixMemory[] =>
    places.flatMap((place) => halves.map((half) => halfOf(place, half)))
  const lefts = isWhole(choice) ? [...places, ...weights] : weights
  return [
    ...places.flatMap((place) => memory(place, choice.others * place.pitch)),
    ...weights.flatMap((place) => memory(place, choice.rows * place.pitch)),
    ...own.map((_, i) => matrices.sumsMemory(`scores${i}`, choice.rows * scorePitch(choice))),
    ...(choice.operands === "split" ? [upperFunction] : []),
    "var<workgroup> grown: u32;",
    matrices.declarations({
      lefts: inHalves(lefts),
      rights: inHalves(places).flatMap((place) => orders.map((order): RightPlace => ({ memory: place, order }))),
      kept: keptMatrices(writer).map(({ name }) => name),
      subgroups: (choice.rows / choice.subRows) * choice.across,
      sums: own.map((_, i) => scoresPlace(writer, i)),
    }),
    ...[...weights, ...places].map((place) => putFunction(writer, place)),
    ...stagings(writer).map((staging) => stageFunction(writer, staging)),
    ...stagings(writer).map((staging) => fetchFunction(writer, staging)),
  ]
}

const putFunction = ({ choice }: MatrixWriter, { name }: MatrixMemory): string =>
  lines(
    statement`fn put_${name}(at: u32, values: vec4<f32>) {`,
    choice.operands === "split"
      ? [
          "let upper = upper_of(values);",
          statement`${name}_high[at] = vec4<f16>(upper);`,
          statement`${name}_low[at] = vec4<f16>(values - upper);`,
        ]
      : [statement`${name}_high[at] = vec4<f16>(values);`],
    "}",
  )

/** A way of tokens into the memory: so many of an operand's to a place. */
export interface Staging {
  readonly operand: Multiplied
  readonly place: MatrixMemory
  readonly tokens: number
  readonly count: string
}

export const ownStaging = (writer: MatrixWriter, operand: Multiplied): Staging =>
  isWhole(writer.choice)
    ? {
        operand,
        place: metMemory(writer, `met${writer.own.indexOf(operand)}`),
        tokens: writer.choice.others,
        count: writer.ownTokens.count,
      }
    : { operand, place: weightsPlace(writer), tokens: writer.choice.rows, count: writer.ownTokens.count }

export const metStaging = (writer: MatrixWriter, operand: Multiplied): Staging => ({
  operand,
  place: metPlace(writer, operand),
  tokens: writer.choice.others,
  count: writer.metTokens.count,
})

const stagings = (writer: MatrixWriter): readonly Staging[] => [
  ...writer.own.map((operand) => ownStaging(writer, operand)),
  ...writer.met.map((operand) => metStaging(writer, operand)),
]

const stageName = ({ operand, place }: Staging): string => `stage_${operand}_${place.name}`
const fetchName = ({ operand, place }: Staging): string => `fetch_${operand}_${place.name}`

const quadsOf = ({ choice }: MatrixWriter): number => choice.chunk / 4

/** Where vector `e` of a staging lies in its place. */
const quadPlace = (writer: MatrixWriter, { place }: Staging, e: Part): Wgsl => {
  const quads = quadsOf(writer)
  return wgsl`${e} / ${quads}u * ${place.pitch / 4}u + ${e} % ${quads}u`
}

// Vector `e` as it is stored. Zeros beyond the last token and the last column: nothing else times 0 is sure to be 0.
const fetchFunction = (writer: MatrixWriter, staging: Staging): string => {
  const { operand, count } = staging
  const width = writer.problem.shape[columnsOf(operand)]
  const quads = quadsOf(writer)
  return lines(
    statement`fn ${fetchName(staging)}(e: u32, start: u32, first: u32, begin: u32) -> vec4<f32> {`,
    statement`let token = first + e / ${quads}u;`,
    statement`let column = begin + e % ${quads}u * 4u;`,
    "var values = vec4<f32>();",
    statement`if (token < ${count} && column < ${width}u) {`,
    statement`let along = start + token * params.${operand}_t;`,
    ...fetchText(writer, operand, width),
    "}",
    "return values;",
    "}",
  )
}

const stageFunction = (writer: MatrixWriter, staging: Staging): string =>
  lines(
    statement`fn ${stageName(staging)}(lane: u32, start: u32, first: u32, begin: u32, scale: f32) {`,
    statement`for (var e = lane; e < ${staging.tokens * quadsOf(writer)}u; e += ${invocationsOf(writer)}u) {`,
    statement`put_${staging.place.name}(${quadPlace(writer, staging, "e")}, ${fetchName(staging)}(e, start, first, begin) * scale);`,
    "}",
    "}",
  )

/** `values`: four neighbours at once where they lie so, zeros beyond the last column. */
const fetchText = ({ problem, vectors }: MatrixWriter, name: Multiplied, width: number): readonly string[] => {
  const operand = problem.operands[operandNames.indexOf(name)]!
  if (vectors.has(operand.base)) return [statement`values = ${vectorLoad(operand)}((along + column) / 4u);`]
  const hasRest = width % 4 !== 0
  const column = (i: number): Wgsl => (hasRest ? wgsl`min(column + ${i}u, ${width - 1}u)` : wgsl`column + ${i}u`)
  const values = call(
    "vec4<f32>",
    range(4).map((i) => wgsl`${operand.load}(along + (${column(i)}) * params.${name}_w)`),
  )
  return [
    statement`values = ${values};`,
    ...(hasRest
      ? [
          statement`values = select(vec4<f32>(), values, vec4<u32>(column) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(${width}u));`,
        ]
      : []),
  ]
}

export const stage = (staging: Staging, first: Part, begin: Part): string =>
  statement`${stageName(staging)}(lane, ${staging.operand}_start, ${first}, ${begin}, ${staging.operand}_scale);`

const nextName = ({ operand }: Staging, turn: number): string => `next_${operand}${turn}`

/** Each vector of a block that an invocation fetches: its name, its number, and whether it is one only for some invocations. */
const eachNext = (
  writer: MatrixWriter,
  staging: Staging,
  text: (name: string, e: Wgsl, isWithin: Wgsl | null) => string,
): readonly string[] => {
  const [all, each] = [staging.tokens * quadsOf(writer), invocationsOf(writer)]
  return range(Math.ceil(all / each)).map((turn) => {
    const e = wgsl`lane + ${turn * each}u`
    return text(nextName(staging, turn), e, (turn + 1) * each <= all ? null : wgsl`${e} < ${all}u`)
  })
}

export const declareNext = (writer: MatrixWriter, staging: Staging): readonly string[] =>
  eachNext(writer, staging, (name) => statement`var ${name} = vec4<f32>();`)

/** Fetches a block, which is on its way until `fillNext` lays it down: scales are applied there, where values must have come. */
export const fetchNext = (writer: MatrixWriter, staging: Staging, first: Part): readonly string[] =>
  eachNext(
    writer,
    staging,
    (name, e) => statement`${name} = ${fetchName(staging)}(${e}, ${staging.operand}_start, ${first}, 0u);`,
  )

export const fillNext = (writer: MatrixWriter, staging: Staging): readonly string[] =>
  eachNext(writer, staging, (name, e, isWithin) => {
    const put = statement`put_${staging.place.name}(${quadPlace(writer, staging, wgsl`(${e})`)}, ${name} * ${staging.operand}_scale);`
    return isWithin === null ? put : statement`if (${isWithin}) { ${put} }`
  })
