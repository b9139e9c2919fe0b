import { optionsOf } from "../op/options.ts"
import { chain, wgsl, type Wgsl } from "../codegen/expression.ts"
import * as E from "fp-ts/lib/Either.js"
import {
  addIndex,
  constantIndex,
  greatestDivisor,
  inUnits,
  maxIndex,
  scaleIndex,
  type Index,
} from "../codegen/indexing.ts"
import { literal } from "../codegen/literal.ts"
import { dualOptions } from "../op/dual.ts"
import type { Emit } from "../codegen/emit.ts"
import { applyOp } from "../graph/graph.ts"
import type { Op } from "../op/op.ts"
import type { HostArray } from "../host/array.ts"
import { notHeld } from "../dtype/heldNumber.ts"
import { isExtent, sizeOf, stridesOf, type Shape } from "../shape/shape.ts"
import { raise } from "../error.ts"
import { padAxis, padModes, type PadMode } from "./padMode.ts"
import { slice } from "./slice.ts"

export interface PadAttributes extends Readonly<Record<string, unknown>> {
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly value: number
}

const paddedShape = (shape: Shape, { low, high }: PadAttributes): Shape =>
  shape.map((extent, axis) => low[axis]! + extent + high[axis]!)

const padOnHost = (x: HostArray, output: HostArray, { low, value }: PadAttributes): void => {
  output.data.fill(value)
  const into = stridesOf(output.shape)
  const from = stridesOf(x.shape)
  for (let i = 0; i < x.data.length; i++) {
    const target = from.reduce(
      (sum, stride, axis) => sum + ((Math.floor(i / stride) % x.shape[axis]!) + low[axis]!) * into[axis]!,
      0,
    )
    output.data[target] = x.data[i]!
  }
}

interface Inside {
  /** Where to read: always in range. */
  readonly at: Index
  /** WGSL condition that the index is inside; absent where it always is. */
  readonly test?: Wgsl
}

// As wide as what is around it: then all pads of one shape read at the same place, wherever the index falls.
const insidePeriod = (emit: Emit, at: Index, low: number, extent: number, total: number): Inside => {
  const [period, inside] = emit.split(at, [total / extent, extent]) as readonly [Index, Index]
  return { at: inside, test: wgsl`${emit.text(period)} == ${low / extent}u` }
}

// Where the index may fall outside, the wrapped difference is compared once and clamped, so that every read is in range.
// Neighbours are in or out together as far as the borders allow.
const insideOf = (emit: Emit, at: Index, low: number, extent: number, total: number): Inside => {
  if (low === 0 && maxIndex(at) < extent) return { at }
  if (low % extent === 0 && total % extent === 0) return insidePeriod(emit, at, low, extent, total)
  const { unit, inner, offset } = inUnits(at, greatestDivisor(low, extent))
  const moved = emit.name("u32", wgsl`${emit.text(inner)} - ${low / unit}u`)
  const inside = emit.bind(wgsl`min(${moved}, ${extent / unit - 1}u)`, extent / unit)
  return { at: addIndex(scaleIndex(inside, unit), constantIndex(offset)), test: wgsl`${moved} < ${extent / unit}u` }
}

export const padOp: Op<PadAttributes> = {
  name: "pad",
  doc: "pad(x, {low, high, value}): value around x, low[k] elements before and high[k] after axis k",
  gives: ([x], attributes) => {
    const { low, high, value } = attributes
    if (![low, high].every((list) => list.length === x!.shape.length && list.every(isExtent)))
      return E.left({
        _tag: "InvalidAttribute",
        op: "pad",
        attribute: "low, high",
        rule: `[${low.join(", ")}] and [${high.join(", ")}] must give each of ${x!.shape.length} axes a width of at least 0`,
        remedy: "slice(x, …) crops",
      })
    const refused = notHeld(value, x!.dtype)
    return refused === null
      ? E.right({ shape: paddedShape(x!.shape, attributes), dtype: x!.dtype })
      : E.left({ _tag: "InvalidAttribute", op: "pad", attribute: "value", ...refused })
  },
  cpu: ([x], output, attributes) => padOnHost(x!, output, attributes),
  lowering: {
    kind: "inline",
    emit: (emit, index, { low, value }, [x], output) => {
      if (sizeOf(x!.shape) === 0) return literal(value, x!.dtype)
      const places = index.map((at, axis) => insideOf(emit, at, low[axis]!, x!.shape[axis]!, output.shape[axis]!))
      const tests = places.flatMap(({ test }) => (test === undefined ? [] : [test]))
      const read = emit.read(
        0,
        places.map(({ at }) => at),
      )
      return tests.length === 0 ? read : wgsl`select(${literal(value, x!.dtype)}, ${read}, ${chain("&&", tests)})`
    },
  },
  vjp: ({ inputs: [x], cotangent, attributes: { low } }) => [
    slice(cotangent, { starts: low, ends: x!.shape.map((extent, axis) => extent + low[axis]!) }),
  ],
  flops: () => 0,
  shows: [
    {
      inputs: [{ shape: [2], values: [1, 2] }],
      attributes: { low: [1], high: [2], value: 9 },
      output: { shape: [5], values: [9, 1, 2, 9, 9] },
    },
  ],
  samples: (
    [
      [[3, 5], [1, 0], [0, 2], 0],
      [[7], [3], [4], -1.5],
      [[3, 8], [1, 4], [0, 12], 0],
      [[2, 6], [0, 6], [1, 12], 0.5],
      [[2, 8], [0, 8], [0, 0], 0],
      [[0, 3], [2, 0], [1, 1], 2],
      [[65_537, 1], [0, 1], [0, 1], 0],
      [[], [], [], 0],
    ] as const
  ).map(([shape, low, high, value]) => ({ inputs: [{ shape, dtype: "f32" }], attributes: { low, high, value } })),
}

/** Elements to add per axis, before (`low`) and after (`high`); 0 where missing. */
export interface PadOptions {
  readonly low?: readonly number[]
  readonly high?: readonly number[]
  /** 0 by default; of the mode "constant" alone. */
  readonly value?: number
  /** "constant" by default: `value`. "reflect", "edge" and "circular" repeat what x has there. */
  readonly mode?: PadMode
}

const modeOf = ({ mode = "constant", value }: PadOptions): PadMode => {
  if (padModes.includes(mode) && (mode === "constant" || value === undefined)) return mode
  return raise({
    _tag: "InvalidAttribute",
    op: "pad",
    attribute: padModes.includes(mode) ? "value" : "mode",
    rule: padModes.includes(mode) ? `${mode} takes its values from x` : `there is no mode ${String(mode)}`,
    remedy: padModes.includes(mode)
      ? "leave it out"
      : `modes are ${padModes.join(", ")}: "edge" replicates, "circular" wraps`,
  })
}

/**
 * Surrounds x with a value, or with what it has itself: mirrored, its outermost elements again, or its other end. `pad(x, { low: [0, 1],
 * high: [0, 1], mode: "reflect" })`. Throws `InvalidAttribute` for negative widths, for a value that x's element type does not hold, and
 * for borders wider than x can give.  Source: numpy.pad; torch.nn.functional.pad.
 */
export const pad = dualOptions("pad", (x, options: PadOptions) => {
  const { low = [], high = [], value = 0 } = optionsOf("pad", options, ["low", "high", "value", "mode"])
  const mode = modeOf(options)
  const widths = { low: x.shape.map((_, axis) => low[axis] ?? 0), high: x.shape.map((_, axis) => high[axis] ?? 0) }
  const none = [...widths.low, ...widths.high].every((width) => width === 0)
  if (none) return x
  // Widths are judged by one rule, whatever the mode.
  if (mode === "constant" || ![...widths.low, ...widths.high].every(isExtent))
    return applyOp(padOp, [x], { ...widths, value })
  return x.shape.reduce((held, _, axis) => padAxis(held, axis, widths.low[axis]!, widths.high[axis]!, mode), x)
})
