import { wgsl, type Wgsl } from "../codegen/expression.ts"
import * as E from "fp-ts/lib/Either.js"
import { addIndex, constantIndex, greatestDivisor, inUnits, maxIndex, scaleIndex } from "../codegen/indexing.ts"
import { differing } from "../shape/disagreement.ts"
import { raise, type TensorErrorDetail } from "../error.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Op } from "../op/op.ts"
import type { HostArray } from "../host/array.ts"
import { resolveAxis, sizeOf, type Shape, type Spec } from "../shape/shape.ts"
import { sliceAxis } from "./slice.ts"

export interface ConcatAttributes extends Readonly<Record<string, unknown>> {
  readonly axis: number
}

const mismatch = (inputs: readonly Spec[], axis: number): TensorErrorDetail => ({
  _tag: "ShapeMismatch",
  op: "concat",
  operands: inputs.map((spec, i) => ({
    name: `input ${i}`,
    ...spec,
    marked: differing(spec.shape, inputs[i === 0 ? 1 : 0]?.shape ?? spec.shape, axis),
  })),
  rule: `operands must agree in element type and in all axes but ${axis}`,
  remedy: "expand or reshape them first",
})

const concatSpec = (inputs: readonly Spec[], axis: number): E.Either<TensorErrorDetail, Spec> => {
  const [first] = inputs
  if (first === undefined || axis < 0 || axis >= first.shape.length) return E.left(mismatch(inputs, axis))
  const agrees = inputs.every(
    ({ shape, dtype }) =>
      dtype === first.dtype &&
      shape.length === first.shape.length &&
      shape.every((extent, i) => i === axis || extent === first.shape[i]),
  )
  if (!agrees) return E.left(mismatch(inputs, axis))
  const total = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0)
  return E.right({ shape: first.shape.map((extent, i) => (i === axis ? total : extent)), dtype: first.dtype })
}

/** Where each part starts along the axis. */
const startsOf = (inputs: readonly Spec[], axis: number): readonly number[] => {
  let at = 0
  return inputs.map(({ shape }) => {
    const start = at
    at += shape[axis]!
    return start
  })
}

const concatOnHost = (inputs: readonly HostArray[], output: HostArray, axis: number): void => {
  const rowOf = (shape: Shape): number => sizeOf(shape.slice(axis))
  const outer = sizeOf(output.shape.slice(0, axis))
  let start = 0
  for (const input of inputs) {
    const row = rowOf(input.shape)
    for (let i = 0; i < outer; i++)
      output.data.set(input.data.subarray(i * row, (i + 1) * row), i * rowOf(output.shape) + start)
    start += row
  }
}

// The position inside a part, clamped into it: parts that do not hold the element are read somewhere harmless.
const insidePart = (position: Wgsl, start: number, extent: number): Wgsl =>
  start === 0
    ? wgsl`min(${position}, ${extent - 1}u)`
    : wgsl`min(max(${position}, ${start}u) - ${start}u, ${extent - 1}u)`

export const concatOp: Op<ConcatAttributes> = {
  name: "concat",
  doc: "concat([x, y, …], axis): the operands one after another along axis",
  gives: (inputs, { axis }) => concatSpec(inputs, axis),
  cpu: (inputs, output, { axis }) => concatOnHost(inputs, output, axis),
  lowering: {
    kind: "inline",
    emit: (emit, index, { axis }, inputs) => {
      const starts = startsOf(inputs, axis)
      // Neighbours come from the same part as far as the borders between parts allow.
      const borders = [...starts, ...inputs.map(({ shape }) => shape[axis]!)]
      const { unit, inner, offset } = inUnits(index[axis]!, borders.reduce(greatestDivisor, 0))
      const position = emit.text(inner)
      const reads = inputs.flatMap((input, i) => {
        const extent = input.shape[axis]!
        if (extent === 0) return []
        const start = starts[i]!
        const whole = start === 0 && maxIndex(index[axis]!) < extent
        const bound = () => emit.bind(insidePart(position, start / unit, extent / unit), extent / unit)
        const at = whole ? index[axis]! : addIndex(scaleIndex(bound(), unit), constantIndex(offset))
        return [
          {
            start,
            read: emit.read(
              i,
              index.map((other, k) => (k === axis ? at : other)),
            ),
          },
        ]
      })
      return reads
        .slice(1)
        .reduce(
          (held, { start, read }) => wgsl`select(${held}, ${read}, ${position} >= ${start / unit}u)`,
          reads[0]!.read,
        )
    },
  },
  vjp: ({ inputs, cotangent, attributes: { axis } }) => {
    const starts = startsOf(inputs, axis)
    return inputs.map((input, i) => sliceAxis(cotangent, axis, starts[i]!, starts[i]! + input.shape[axis]!))
  },
  flops: () => 0,
  shows: [
    {
      inputs: [
        { shape: [2, 1], values: [1, 2] },
        { shape: [2, 2], values: [3, 4, 5, 6] },
      ],
      attributes: { axis: 1 },
      output: { shape: [2, 3], values: [1, 3, 4, 2, 5, 6] },
    },
  ],
  samples: (
    [
      [
        [
          [3, 2],
          [3, 5],
        ],
        1,
      ],
      [
        [
          [1, 4],
          [3, 4],
          [2, 4],
        ],
        0,
      ],
      [
        [
          [3, 4],
          [3, 8],
          [3, 4],
        ],
        1,
      ],
      [
        [
          [2, 0],
          [2, 3],
        ],
        1,
      ],
      [
        [
          [65_537, 1],
          [65_537, 2],
        ],
        1,
      ],
    ] as const
  ).map(([shapes, axis]) => ({ inputs: shapes.map((shape) => ({ shape, dtype: "f32" })), attributes: { axis } })),
}

/** Operands of one node: a kernel binds few buffers at a time, so longer lists are joined in groups. */
const groupSize = 6

const joinAll = (tensors: readonly Tensor[], axis: number): Tensor => {
  if (tensors.length === 1) return tensors[0]!
  if (tensors.length <= groupSize) return applyOp(concatOp, tensors, { axis })
  const groups = Math.ceil(tensors.length / groupSize)
  const joined = Array.from({ length: groups }, (_, i) =>
    joinAll(tensors.slice(i * groupSize, (i + 1) * groupSize), axis),
  )
  return joinAll(joined, axis)
}

/** Joins tensors along an axis (the first by default). Throws `ShapeMismatch` unless the other axes and types agree. */
export const concat = (tensors: readonly Tensor[], axis = 0): Tensor => {
  const resolved = tensors.length === 0 ? null : resolveAxis(axis, tensors[0]!.shape.length)
  return resolved === null ? raise(mismatch(tensors, axis)) : joinAll(tensors, resolved)
}
