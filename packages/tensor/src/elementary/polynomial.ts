/** WGSL of c0 + x·(c1 + x·(c2 + …)), Horner's scheme. */
export const polynomial = (x: string, coefficients: readonly number[]): string =>
  coefficients.reduceRight(
    (inner, coefficient) => (inner === "" ? literal(coefficient) : `(${literal(coefficient)} + ${x} * ${inner})`),
    "",
  )

const literal = (value: number): string => `${value < 0 ? "(" : ""}${Math.fround(value)}f${value < 0 ? ")" : ""}`
