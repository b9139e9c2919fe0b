import type { DType } from "./dtype.ts"

/** Why an element type does not hold a number, and what to do about it. */
export interface NotHeld {
  readonly rule: string
  readonly remedy: string
}

const integerEnds = { i32: [-2147483648, 2147483647], u32: [0, 4294967295] } as const

const integerRefusal = (value: number, dtype: "i32" | "u32"): NotHeld | null => {
  const [low, high] = integerEnds[dtype]
  if (!Number.isInteger(value))
    return { rule: `${value} is not an integer, so ${dtype} cannot hold it`, remedy: castOr("round the number") }
  return value < low || value > high
    ? { rule: `${value} is outside ${dtype}: ${low} to ${high}`, remedy: castOr("choose a number in range") }
    : null
}

const castOr = (otherwise: string): string => `cast(x, "f32") makes the tensor floating; or ${otherwise}`

// Halfway beyond the largest finite number, from where on the nearest is infinite.
const floatEnds = { f32: 2 ** 128 - 2 ** 103, f16: 65_520 } as const

const floatRefusal = (value: number, dtype: "f32" | "f16"): NotHeld | null =>
  Number.isFinite(value) && Math.abs(value) >= floatEnds[dtype]
    ? {
        rule: `${value} is outside ${dtype}, whose largest number is ${dtype === "f16" ? "65504" : "3.4028235e38"}`,
        remedy:
          dtype === "f16"
            ? 'cast(x, "f32") widens the tensor; or pass Infinity'
            : "pass Infinity if that is what you mean",
      }
    : null

/**
 * Why `dtype` does not hold `value`; `null` where it does. Floating types round to the nearest and hold ∞ and NaN; integers
 * hold what is one and in range; a bool is 0 or 1. No number is ever cut to fit.
 */
export const notHeld = (value: number, dtype: DType): NotHeld | null => {
  switch (dtype) {
    case "f32":
    case "f16":
      return floatRefusal(value, dtype)
    case "i32":
    case "u32":
      return integerRefusal(value, dtype)
    case "bool":
      return value === 0 || value === 1
        ? null
        : { rule: `${value} is no bool`, remedy: "pass 0 or 1; notEqual(x, 0) makes a bool of a number" }
  }
}
