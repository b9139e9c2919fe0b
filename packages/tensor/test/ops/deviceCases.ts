import * as E from "fp-ts/lib/Either.js"
import { hostZeros } from "../../src/dtype/dtype.ts"
import { applyOp } from "../../src/graph/graph.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { interpret } from "../../src/graph/interpret.ts"
import type { Attributes, Op, Sample } from "../../src/op/op.ts"
import type { HostArray } from "../../src/host/array.ts"
import { input } from "../../src/ops/input.ts"
import { sizeOf } from "../../src/shape/shape.ts"
import { asIs, layoutsOf, type Layout } from "./layouts.ts"
import { argumentsOf, arrayOf, elementsOf } from "./samples.ts"

/** One application of an op: how its arguments are stored, and how the op sees them. */
export interface Case {
  readonly title: string
  readonly attributes: Attributes
  readonly stored: readonly HostArray[]
  readonly shapes: readonly HostArray["shape"][]
  readonly layout: Layout
}

const caseOf = (op: Op, sample: Sample<Attributes>, layout: Layout): Case => {
  const values = argumentsOf(op, sample)
  const shapes = values.map(({ shape }) => shape)
  const shape = shapes.map((extents) => `[${extents.join(", ")}]`).join(" ")
  return {
    title: `${op.name} of ${shape}, ${layout.name}`,
    attributes: sample.attributes,
    stored: values.map(layout.store),
    shapes,
    layout,
  }
}

// The examples hold what random numbers do not: ties, halves, ends of ranges.
const shown = (op: Op): readonly Case[] =>
  op.shows.map(({ inputs, attributes = {} }, i) => ({
    title: `${op.name}, example ${i}`,
    attributes,
    stored: inputs.map(arrayOf),
    shapes: inputs.map(({ shape }) => shape),
    layout: asIs,
  }))

const halved = (value: HostArray): HostArray => {
  if (value.dtype !== "f32") return value
  const data = hostZeros("f16", value.data.length)
  data.set(value.data)
  return { shape: value.shape, dtype: "f16", data }
}

const inHalf = (op: Op, sample: Sample<Attributes>): readonly Case[] => {
  const one = caseOf(op, sample, asIs)
  const stored = one.stored.map(halved)
  const takesHalf = stored.some(({ dtype }) => dtype === "f16") && E.isRight(op.gives(stored, sample.attributes))
  return takesHalf ? [{ ...one, stored, title: `${one.title}, stored f16` }] : []
}

const small = (sample: Sample<Attributes>): boolean => elementsOf(sample) > 1 && elementsOf(sample) <= 1_500

/** All samples of an op, as they are stored. */
export const sampleCasesOf = (op: Op): readonly Case[] => op.samples.map((sample) => caseOf(op, sample, asIs))

// Views and f16 on few samples of each op: each case is a kernel, and each kernel takes the adapter's compiler a while.
export const casesOf = (op: Op, most = 2): readonly Case[] => {
  const varied = op.samples.filter(small).slice(0, 2).slice(-most)
  return [
    ...shown(op),
    ...sampleCasesOf(op),
    ...varied.flatMap((sample) =>
      layoutsOf(sample.inputs.map(({ shape }) => shape)).map((layout) => caseOf(op, sample, layout)),
    ),
    ...(op.except?.f16 === undefined ? varied.flatMap((sample) => inHalf(op, sample)) : []),
  ]
}

// What reads and writes elements is the same for all pointwise ops of one arity: these three meet every shape and layout.
const everyShape = new Set(["neg", "add", "select"])

/**
 * As `casesOf`, but views and f16 on one sample of each op; of pointwise ops other than those three the examples and a few shapes:
 * `ops.long.test.ts` has all.
 */
export const quickCasesOf = (op: Op): readonly Case[] => {
  if (op.lowering.kind !== "pointwise" || everyShape.has(op.name)) return casesOf(op, 1)
  const whole = sampleCasesOf(op)
  const varied = op.samples.find(small)
  return [
    ...shown(op),
    ...whole.filter(({ shapes: [shape] }) => shape!.length === 0 || sizeOf(shape!) > 100_000).slice(0, 2),
    ...(varied === undefined ? [] : [caseOf(op, varied, asIs)]),
    ...(varied === undefined || op.except?.f16 !== undefined ? [] : inHalf(op, varied)),
  ]
}

export interface Arguments {
  readonly [name: string]: readonly Tensor[]
}

const nameOf = (i: number): string => `case${i}`

const describeCase = (op: Op, { shapes, layout, attributes }: Case, leaves: readonly Tensor[]): Tensor =>
  applyOp(
    op,
    leaves.map((leaf, i) => layout.view(leaf, shapes[i]!)),
    attributes,
  )

/** All cases of an op as one program. */
export const program = (op: Op, cases: readonly Case[]) => (args: Arguments) =>
  cases.map((one, i) => describeCase(op, one, args[nameOf(i)]!))

/** Leaves of a program's arguments, by case. */
export const argumentsRecord = <T>(
  cases: readonly Case[],
  leafOf: (value: HostArray) => T,
): Readonly<Record<string, readonly T[]>> =>
  Object.fromEntries(cases.map(({ stored }, i) => [nameOf(i), stored.map(leafOf)]))

/** The reference in f64 on the stored numbers: what remains is the device's own rounding. */
export const expected = (op: Op, cases: readonly Case[]): readonly HostArray[] => {
  const leaves = argumentsRecord(cases, (value) => value)
  const given = new Map(
    Object.entries(leaves).flatMap(([name, list]) => list.map((value, i) => [`${name}.${i}`, value] as const)),
  )
  const inputs = Object.fromEntries(
    Object.entries(leaves).map(([name, list]) => [
      name,
      list.map((value, i) => input({ shape: value.shape, dtype: value.dtype }, `${name}.${i}`)),
    ]),
  )
  return interpret(program(op, cases)(inputs), given, { precision: "f64" }) as unknown as readonly HostArray[]
}
