import { call, wgsl, type Wgsl } from "./expression.ts"

/** Largest dividend that f32 holds exactly, up to which its division is off by one at most. */
const exactInFloat = 2 ** 24

/** WGSL of ⌊dividend / divisor⌋ for a dividend of at most `max`. The functions it calls come from `divisionFunctions`. */
export const quotientText = (dividend: Wgsl, divisor: number, max: number): Wgsl =>
  call(max < exactInFloat ? "quotient" : "long_quotient", [dividend, wgsl`${divisor}u`])

const called = (code: string, name: string): boolean => new RegExp(`\\b${name}\\(`).test(code)

// CPUs have no vector division of integers, but one of floats: corrected by one it is exact and many times faster.
const byFloat = `fn quotient(a: u32, b: u32) -> u32 {
  let guess = u32(f32(a) / f32(b));
  let rest = i32(a - guess * b);
  return guess + u32(rest >= i32(b)) - u32(rest < 0);
}`

// By a constant, compilers divide through multiplication and shifts.
const byConstant = "fn quotient(a: u32, b: u32) -> u32 { return a / b; }"

const long = "fn long_quotient(a: u32, b: u32) -> u32 { return a / b; }"

/** Definitions of the division functions that `statement` calls; `lifted` says that divisors are parameters. */
export const divisionFunctions = (code: string, lifted: boolean): readonly string[] => [
  ...(called(code, "quotient") ? [lifted ? byFloat : byConstant] : []),
  ...(called(code, "long_quotient") ? [long] : []),
]
