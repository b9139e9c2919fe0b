import { wgslType } from "../codegen/element.ts"
import { wgsl } from "../codegen/expression.ts"
import * as E from "fp-ts/lib/Either.js"
import type { DType } from "../dtype/dtype.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { Op } from "../op/op.ts"
import { isExtent, resolveAxis, stridesOf, type Shape } from "../shape/shape.ts"

export interface IotaAttributes extends Readonly<Record<string, unknown>> {
  readonly shape: Shape
  readonly axis: number
  readonly dtype: DType
}

/** The integer up to which a type holds every one. */
const countsTo = { f32: 2 ** 24, f16: 2 ** 11, i32: 2 ** 31 - 1, u32: 2 ** 32 - 1 } as const

export const iotaOp: Op<IotaAttributes> = {
  name: "iota",
  doc: "iota(shape, axis)[…, i, …] = i, the coordinate along axis",
  gives: (_inputs, { shape, axis, dtype }) => {
    if (!shape.every(isExtent) || axis < 0 || axis >= shape.length || dtype === "bool")
      return E.left({
        _tag: "InvalidAttribute",
        op: "iota",
        attribute: "axis",
        rule: `needs a shape with an axis ${axis} and a numeric type, got ${dtype}[${shape.join(", ")}]`,
        remedy: "iota([n], 0) counts from 0 to n - 1",
      })
    const most = countsTo[dtype]
    return shape[axis]! - 1 <= most
      ? E.right({ shape, dtype })
      : E.left({
          _tag: "InvalidAttribute",
          op: "iota",
          attribute: "dtype",
          rule: `${dtype} holds integers up to ${most} only, axis ${axis} has ${shape[axis]!}`,
          remedy: 'iota(shape, axis, "i32") counts further',
        })
  },
  cpu: (_inputs, output, { shape, axis }) => {
    const stride = stridesOf(shape)[axis]!
    for (let i = 0; i < output.data.length; i++) output.data[i] = Math.floor(i / stride) % shape[axis]!
  },
  lowering: {
    kind: "inline",
    emit: (emit, index, { axis, dtype }) => wgsl`${wgslType(dtype)}(${emit.text(index[axis]!)})`,
  },
  vjp: () => [],
  flops: () => 0,
  shows: [
    {
      inputs: [],
      attributes: { shape: [2, 3], axis: 1, dtype: "i32" },
      output: { shape: [2, 3], values: [0, 1, 2, 0, 1, 2], dtype: "i32" },
    },
  ],
  samples: (
    [
      [[3, 5], 0, "i32"],
      [[3, 5], 1, "f32"],
      [[65_537, 3], 0, "u32"],
      [[0], 0, "i32"],
      [[2, 1, 7], 2, "f16"],
    ] as const
  ).map(([shape, axis, dtype]) => ({ inputs: [], attributes: { shape, axis, dtype } })),
}

/** Coordinates along one axis: 0, 1, 2, … repeated over the others; i32 by default. Throws `InvalidAttribute`. */
export const iota = (shape: Shape, axis = 0, dtype: DType = "i32"): Tensor =>
  applyOp(iotaOp, [], { shape, axis: resolveAxis(axis, shape.length) ?? axis, dtype })
