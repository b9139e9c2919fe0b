import { wgsl, type Wgsl } from "../codegen/expression.ts"
import * as E from "fp-ts/lib/Either.js"
import { isFloating, type DType } from "../dtype/dtype.ts"
import { dual } from "../op/dual.ts"
import { nanFunction } from "../elementary/nan.ts"
import { applyOp } from "../graph/graph.ts"
import type { Op } from "../op/op.ts"

export interface CastAttributes extends Readonly<Record<string, unknown>> {
  readonly dtype: DType
}

const clampInto = (value: number, low: number, high: number): number =>
  Number.isNaN(value) ? 0 : Math.min(Math.max(Math.trunc(value), low), high)

const castOne = (value: number, from: DType, to: DType): number => {
  if (to === "bool") return value !== 0 ? 1 : 0
  if (to === "i32") return isFloating(from) ? clampInto(value, -2147483648, 2147483647) : value | 0
  if (to === "u32") return isFloating(from) ? clampInto(value, 0, 4294967295) : value >>> 0
  return value
}

// A conversion out of range is undefined on some adapters, and NaN by them all: both are decided here.
const fromFloat = (x: Wgsl, to: "i32" | "u32"): Wgsl => {
  const held =
    to === "i32"
      ? wgsl`select(i32(clamp(${x}, -2147483648.0f, 2147483520.0f)), 2147483647, ${x} >= 2147483648.0f)`
      : wgsl`select(u32(clamp(${x}, 0.0f, 4294967040.0f)), 4294967295u, ${x} >= 4294967296.0f)`
  return wgsl`select(${held}, ${to}(0), is_nan(${x}))`
}

const castExpression = (x: Wgsl, from: DType, to: DType): Wgsl => {
  if (from === to || (from === "f16" && to === "f32")) return x
  // The emitter rounds every f16 value as storing it would, so that no value depends on what was fused.
  if (to === "f32" || to === "f16") return wgsl`f32(${x})`
  if (to === "bool")
    return isFloating(from)
      ? wgsl`(bitcast<u32>(${x}) & 0x7fffffffu) != 0u`
      : wgsl`${x} != ${from === "i32" ? wgsl`0i` : wgsl`0u`}`
  return isFloating(from) ? fromFloat(x, to) : wgsl`${to}(${x})`
}

export const castOp: Op<CastAttributes> = {
  name: "cast",
  doc: "cast(x, dtype): floats to integers truncate and saturate (NaN → 0), i32 ↔ u32 wrap modulo 2^32; ≠ 0 is true, so NaN is",
  gives: ([x], { dtype }) => E.right({ shape: x!.shape, dtype }),
  cpu: ([x], output, { dtype }) => {
    for (let i = 0; i < output.data.length; i++) output.data[i] = castOne(x!.data[i]!, x!.dtype, dtype)
  },
  lowering: {
    kind: "pointwise",
    wgsl: ([x], { dtype }, [spec]) => castExpression(x!, spec!.dtype, dtype),
    functions: [nanFunction],
  },
  vjp: ({ inputs: [x], cotangent }) => [
    isFloating(x!.dtype) && isFloating(cotangent.dtype) ? cast(cotangent, x!.dtype) : null,
  ],
  flops: () => 1,
  shows: [
    {
      inputs: [{ shape: [5], values: [1.75, -1.75, 2147483648, -2147483648, NaN] }],
      attributes: { dtype: "i32" },
      output: { shape: [5], values: [1, -1, 2147483647, -2147483648, 0], dtype: "i32" },
    },
    {
      inputs: [{ shape: [4], values: [-1, 4294967040, 4294967296, Infinity] }],
      attributes: { dtype: "u32" },
      output: { shape: [4], values: [0, 4294967040, 4294967295, 4294967295], dtype: "u32" },
    },
    {
      inputs: [{ shape: [2], values: [-1, 7], dtype: "i32" }],
      attributes: { dtype: "u32" },
      output: { shape: [2], values: [4294967295, 7], dtype: "u32" },
    },
    {
      inputs: [{ shape: [1], values: [2049] }],
      attributes: { dtype: "f16" },
      output: { shape: [1], values: [2048], dtype: "f16" },
    },
  ],
  samples: (
    [
      ["f32", "f16"],
      ["f16", "f32"],
      ["f32", "i32"],
      ["f32", "u32"],
      ["i32", "f32"],
      ["u32", "f32"],
      ["bool", "f32"],
      ["i32", "bool"],
      ["bool", "i32"],
      ["u32", "i32"],
      ["i32", "u32"],
    ] as const
  ).map(([from, dtype]) => ({
    inputs: [
      { shape: [3, 7], dtype: from, low: from === "u32" || from === "bool" ? 0 : -3, high: from === "bool" ? 1 : 3 },
    ],
    attributes: { dtype },
  })),
}

/** Converts elements to `dtype`; x itself if it has that type already. */
export const cast = dual("cast", (x, dtype: DType) => (x.dtype === dtype ? x : applyOp(castOp, [x], { dtype })))
