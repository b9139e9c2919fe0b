/**
 * How exactly contractions, convolutions and attention multiply.
 * - `highest`: f32 multiply-adds
 * - `high`: f32's accuracy from operands split into narrower parts: ≤ 2e-6 of the largest result for sums of up to 1,024
 * - `medium`: operands rounded to f16's 11 bits, sums in f32
 *
 * It is a permission: where an adapter multiplies no faster with less, it computes exactly.
 */
export type Precision = "highest" | "high" | "medium"

export const precisions = ["highest", "high", "medium"] as const satisfies readonly Precision[]

/**
 * What a kernel computes with.
 * - `f32`: multiply-adds of f32, in some order
 * - `split`: products of f32 operands as sums of products of narrower parts
 * - `f16`: operands rounded to f16, sums in f32
 * - `f16 sums`: products and short sums in f16, long sums in f32; only for operands that are stored in f16
 */
export type Numerics = "f32" | "split" | "f16" | "f16 sums"

/** What a program's results may be computed with. */
export interface PrecisionPolicy {
  readonly precision: Precision
  /** Whether products with an operand stored in f16 may be computed in f16. */
  readonly halfArithmetic: boolean
}

export const exactPolicy: PrecisionPolicy = { precision: "highest", halfArithmetic: false }

const allowed: Readonly<Record<Precision, readonly Numerics[]>> = {
  highest: ["f32"],
  high: ["f32", "split"],
  medium: ["f32", "split", "f16"],
}

export const allows = ({ precision, halfArithmetic }: PrecisionPolicy, numerics: Numerics): boolean =>
  numerics === "f16 sums" ? halfArithmetic : allowed[precision].includes(numerics)

/** Words of a problem's key: with other numerics among the candidates it is another decision. */
export const policyWords = ({ precision, halfArithmetic }: PrecisionPolicy): string =>
  `${precision === "highest" ? "" : ` ${precision}`}${halfArithmetic ? " f16 arithmetic" : ""}`
