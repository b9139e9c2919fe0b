import { wgsl, type Wgsl } from "../codegen/expression.ts"

/** WGSL of c0 + x·(c1 + x·(c2 + …)), Horner's scheme. */
export const polynomial = (x: string, coefficients: readonly number[]): Wgsl =>
  coefficients
    .slice(0, -1)
    .reduceRight((inner, coefficient) => wgsl`${literal(coefficient)} + ${x} * ${inner}`, literal(coefficients.at(-1)!))

const literal = (value: number): Wgsl => (value < 0 ? wgsl`-${Math.fround(-value)}f` : wgsl`${Math.fround(value)}f`)
