import * as E from "fp-ts/lib/Either.js"
import { raise } from "../error.ts"
import { applyOp } from "../graph/graph.ts"
import type { Tensor } from "../graph/tensor.ts"
import type { DType, HostData } from "../dtype/dtype.ts"
import { hostDataOf, nestedShape, type Nested } from "../host/nested.ts"
import type { Op } from "../op/op.ts"
import { sizeOf, type Shape, type Spec } from "../shape/shape.ts"

export interface InputAttributes extends Readonly<Record<string, unknown>> {
  readonly spec: Spec
  /** Path of the leaf in the program's arguments. */
  readonly path: string
}

export const inputOp: Op<InputAttributes> = {
  name: "input",
  doc: "input(spec, path): an argument of a program",
  gives: (_inputs, { spec }) => E.right(spec),
  cpu: (_inputs, _output, { path }) =>
    raise({
      _tag: "InvalidData",
      op: "input",
      rule: `no value was given for "${path}"`,
      remedy: "pass every leaf of the program's arguments",
    }),
  lowering: { kind: "source" },
  vjp: () => [],
  flops: () => 0,
  shows: [],
  samples: [],
  except: { gpu: "is not computed" },
}

/** A program argument: known by shape, type and path only. */
export const input = (spec: Spec, path: string): Tensor => applyOp(inputOp, [], { spec, path })

export interface ConstantAttributes extends Readonly<Record<string, unknown>> {
  readonly spec: Spec
  readonly data: HostData
}

export const constantOp: Op<ConstantAttributes> = {
  name: "constant",
  doc: "constant(data, shape): numbers known while describing",
  gives: (_inputs, { spec, data }) =>
    data.length === sizeOf(spec.shape)
      ? E.right(spec)
      : E.left({
          _tag: "InvalidData",
          op: "constant",
          rule: `[${spec.shape.join(", ")}] has ${sizeOf(spec.shape)} elements, data has ${data.length}`,
          remedy: "pass the shape the data has",
        }),
  cpu: (_inputs, output, { data }) => output.data.set(data),
  lowering: { kind: "source" },
  vjp: () => [],
  flops: () => 0,
  shows: [
    {
      inputs: [],
      attributes: { spec: { shape: [2], dtype: "f32" }, data: new Float32Array([1, 2]) },
      output: { shape: [2], values: [1, 2] },
    },
  ],
  samples: [
    {
      inputs: [],
      attributes: { spec: { shape: [2, 3], dtype: "f32" }, data: new Float32Array([1, -2, 3, 0.5, 7, 9]) },
    },
    { inputs: [], attributes: { spec: { shape: [3], dtype: "u32" }, data: new Uint32Array([0, 4294967295, 7]) } },
  ],
}

/**
 * Numbers as a tensor, f32 unless told: a list of them with a shape (that of the list by default), or nested lists that have one. Use for small tables; pass large arrays as program arguments. Throws `InvalidData` if
 * sizes disagree, and for a number that the element type does not hold.
 */
export const constant = (values: Nested, shape?: Shape, dtype: DType = "f32"): Tensor => {
  const data = hostDataOf("constant", values, dtype)
  return applyOp(constantOp, [], { spec: { shape: shape ?? nestedShape(values), dtype }, data })
}
