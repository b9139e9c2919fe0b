import { Float16Array as StandIn, isFloat16Array } from "@petamoriken/float16"

/**
 * The constructor of f16 host arrays: the platform's own `Float16Array` where it has one (Node 24, browsers of 2025), else a
 * stand-in that behaves alike and is slower (Node 20 and 22).
 */
export const Float16: Float16ArrayConstructor =
  (globalThis as { readonly Float16Array?: Float16ArrayConstructor }).Float16Array ??
  (StandIn as unknown as Float16ArrayConstructor)

/** Whether `value` is a typed array or another view of bytes; knows the stand-in too, which the platform takes for a plain object. */
export const isView = (value: unknown): value is ArrayBufferView =>
  ArrayBuffer.isView(value) || (typeof value === "object" && isFloat16Array(value))
