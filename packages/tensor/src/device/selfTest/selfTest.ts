import type { AdapterFacts, MatrixShape, MatrixUnits } from "../../adapter/adapterFacts.ts"
import type { FeatureName } from "../features.ts"

/** What a self-test needs to know of the adapter it is put to. */
export interface Examined {
  readonly gpu: GPUDevice
  readonly subgroups: AdapterFacts["subgroups"]
  /** Products of f16 and f32 that the adapter says its matrix units compute. */
  readonly matrixShapes: readonly MatrixShape[]
}

/** What came out: in words for people, and whether the feature may be used. */
export interface Finding {
  readonly passed: boolean
  readonly found: string
  /** Which shapes of the matrix units were right. */
  readonly matrixUnits?: MatrixUnits
}

/** One feature put to the test by real kernels, with the numbers held against what they must be. */
export type SelfTest = (examined: Examined) => Promise<Finding>

/** A feature's result on one adapter, as it is remembered and shown. */
export interface SelfTestResult extends Finding {
  readonly feature: FeatureName
  readonly seconds: number
  /** Whether it was taken in an earlier run. */
  readonly remembered: boolean
}
