import { Effect } from "effect"
import { sizeOf, type HostArray, type Shape } from "@diva/tensor"
import type { LazyArray } from "../weights/weightArray.ts"

/** Zeros in f32 of an array's shape: momentum and gradient sums before their first use. */
export const zerosLike = ({ shape }: { readonly shape: Shape }): HostArray => ({
  shape,
  dtype: "f32",
  data: new Float32Array(sizeOf(shape)),
})

/** The same, made when they are wanted. */
export const lazyZerosLike = ({ shape }: { readonly shape: Shape }): LazyArray => ({
  shape,
  dtype: "f32",
  load: Effect.sync(() => zerosLike({ shape })),
})

/** A number as an f32[] program argument. */
export const scalar = (value: number): HostArray => ({ shape: [], dtype: "f32", data: Float32Array.of(value) })

/** 32-bit words as a u32 program argument: a counter (u32[]) or a key (u32[2]). */
export const words = (...values: readonly number[]): HostArray => ({
  shape: values.length === 1 ? [] : [values.length],
  dtype: "u32",
  data: Uint32Array.from(values),
})
