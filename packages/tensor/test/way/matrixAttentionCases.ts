import type { KernelFacts, Precision } from "../../src/index.ts"
import { factsWith, type Maker } from "./matrixCases.ts"

/** What is left of an error after rounding operands to f16, or after splitting them. */
export const allowed: Readonly<Record<string, number>> = { matrixHalf: 2e-3, matrixSplit: 4e-6 }

export const precisionOf: Readonly<Record<string, Precision>> = { matrixHalf: "medium", matrixSplit: "high" }

/** A maker's GPU with room for all operands of a pass, its products written out. */
export const factsForTokens = (maker: Maker): Partial<KernelFacts> =>
  factsWith(maker, { writesMatricesOut: true, workgroupMemory: 49_152 })
