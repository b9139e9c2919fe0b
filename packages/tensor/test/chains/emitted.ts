import { coordinatesOf, createBody, type Body } from "../../src/codegen/body.ts"
import { wgsl, type Wgsl } from "../../src/codegen/expression.ts"
import { addIndex, atomIndex, constantIndex, scaleIndex, type Index } from "../../src/codegen/indexing.ts"
import { hasQuads, withQuads } from "../../src/codegen/quads.ts"
import { prune } from "../../src/codegen/statements.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { interpret } from "../../src/graph/interpret.ts"
import type { HostArray } from "../../src/host/array.ts"
import * as t from "../../src/ops/index.ts"
import { sizeOf, type Spec } from "../../src/shape/shape.ts"
import { drawFrom } from "./draw.ts"
import { families } from "./families.ts"
import { valuesFor } from "./program.ts"
import { straightLine, Unknown, type Scope, type Value } from "./straightLine.ts"
import { viewedOn } from "./views.ts"

interface Made {
  readonly root: Tensor
  readonly inputs: readonly Tensor[]
  readonly values: readonly HostArray[]
}

const made = (family: string, seed: number): Made => {
  const draw = drawFrom(seed)
  const inputs: Tensor[] = []
  const leaf = (spec: Spec): Tensor => {
    inputs.push(t.input({ shape: spec.shape, dtype: spec.dtype }, `x${inputs.length}`))
    return inputs.at(-1)!
  }
  const root = viewedOn(families[family]!(leaf, draw), draw.whole(0, 3), draw)
  return { root, inputs, values: valuesFor({ cases: [], specs: inputs, results: () => [] }, seed) }
}

/** Loads of an input's elements; outside of it, where a shader would read something else, is an error. */
const loads =
  ({ inputs, values }: Made) =>
  (name: string, index: number): Value => {
    const i = Number(name.slice(1))
    const { dtype, data } = values[i]!
    if (index >= data.length) throw new Error(`${name}[${index}] of ${inputs[i]!.shape.join("×")}`)
    return { type: dtype === "f16" ? "f32" : dtype, value: data[index]! }
  }

type Way = (one: Made) => { readonly lines: readonly string[]; readonly results: readonly Wgsl[] }

const named = (tensor: Tensor): string => `${tensor.attributes["path"] as string}`

const boundary: Parameters<typeof createBody>[1] = (tensor, position, emit) =>
  tensor.op.name === "input" ? wgsl`load_${named(tensor)}(${emit.text(position)})` : null

/** One element for each i. */
const byElement: Way = ({ root }) => {
  const space = { variable: "i", shape: root.shape }
  const body = createBody([space], boundary)
  const result = body.value(root, coordinatesOf(space))
  return { lines: prune(body.lines, [result]), results: [result] }
}

const four = (body: Body, root: Tensor, first: Index): readonly Wgsl[] =>
  [0, 1, 2, 3].map((c) => body.value(root, body.split(addIndex(first, constantIndex(c)), root.shape)))

/** Elements 4i … 4i + 3, read as vectors where they lie side by side. */
const byQuads: Way = ({ root, inputs }) => {
  const first = scaleIndex(atomIndex({ name: "i", extent: sizeOf(root.shape) / 4 }), 4)
  const { written } = withQuads(inputs, (reader) => {
    const body = createBody([], (tensor, position, emit) =>
      tensor.op.name === "input" ? reader.load(tensor, named(tensor), position, emit) : null,
    )
    return { body, values: four(body, root, first) }
  })
  return { lines: prune(written.body.lines, written.values), results: written.values }
}

/** Row o of a matrix of rows, element r, as folds and row programs walk: what depends on o alone is named first. */
const byRows =
  (length: number): Way =>
  ({ root }) => {
    const body = createBody([], boundary, new Set(["o"]))
    const o = scaleIndex(atomIndex({ name: "o", extent: sizeOf(root.shape) / length }), length)
    const position = addIndex(o, atomIndex({ name: "r", extent: length }))
    const result = body.value(root, body.split(position, root.shape))
    return { lines: prune(body.lines, [result]), results: [result] }
  }

const whole = (value: number): Value => ({ type: "u32", value })

const run = (
  one: Made,
  way: Way,
  variables: (element: number) => readonly (readonly [string, number])[],
): readonly number[] => {
  const { lines, results } = way(one)
  const program = straightLine(
    lines,
    results.map(({ text }) => text),
  )
  const load = loads(one)
  const size = sizeOf(one.root.shape) / results.length
  return Array.from({ length: size }, (_, i) => {
    const scope: Scope = { variables: new Map(variables(i).map(([name, value]) => [name, whole(value)])), load }
    return program(scope).map(({ value }) => value)
  }).flat()
}

const coordinates = (root: Tensor, i: number): readonly (readonly [string, number])[] => {
  const axes = root.shape.filter((extent) => extent !== 1)
  const one = root.shape.length > 0 && axes.length === 0
  let rest = i
  const found = axes.toReversed().map((extent, k) => {
    const at = rest % extent
    rest = Math.floor(rest / extent)
    return [`i_${axes.length - 1 - k}`, at] as const
  })
  return [["i", i], ...(one ? ([["i_0", 0]] as const) : found)]
}

const wanted = ({ root, values }: Made): HostArray =>
  interpret(root, new Map(values.map((value, i) => [`x${i}`, value])))

const agrees = (got: readonly number[], { data, dtype }: HostArray): boolean =>
  got.length === data.length &&
  got.every(
    (x, i) => Math.abs(x - data[i]!) <= (dtype === "f32" || dtype === "f16" ? 2e-6 * Math.max(1, Math.abs(x)) : 0),
  )

const ways = (
  one: Made,
): readonly (readonly [string, Way, (i: number) => readonly (readonly [string, number])[]])[] => {
  const { root } = one
  const length = sizeOf(root.shape.slice(Math.ceil(root.shape.length / 2)))
  const i = (at: number): readonly (readonly [string, number])[] => [["i", at]]
  const o = (at: number): readonly (readonly [string, number])[] => [
    ["o", Math.floor(at / length)],
    ["r", at % length],
  ]
  return [
    ["by elements", byElement, (at) => coordinates(root, at)],
    ...(hasQuads(root) ? ([["by fours", byQuads, i]] as const) : []),
    ["by rows", byRows(length), o],
  ]
}

/** What differs, and how many expressions there were. */
export const compareSeeds = (
  family: string,
  first: number,
  count: number,
): { readonly wrong: readonly string[]; readonly ran: number } => {
  const wrong: string[] = []
  let ran = 0
  for (let seed = first; seed < first + count; seed++) {
    const one = made(family, seed)
    if (sizeOf(one.root.shape) === 0) continue
    const want = wanted(one)
    for (const [name, way, variables] of ways(one)) {
      try {
        if (!agrees(run(one, way, variables), want)) wrong.push(`${family} ${seed} ${name}`)
        ran++
      } catch (error) {
        if (!(error instanceof Unknown)) wrong.push(`${family} ${seed} ${name}: ${String(error)}`)
      }
    }
  }
  return { wrong, ran }
}
