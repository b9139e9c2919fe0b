import type { DeviceState } from "../state.ts"
import { measureCopying } from "./copying.ts"
import { measureMatrixProducts, type MatrixCeiling } from "./matrixProducts.ts"
import { measureMultiplyAdd } from "./multiplyAdd.ts"

/** The most an adapter reaches, as its own kernels show. */
export interface Ceilings {
  /** Floating-point operations per second of independent multiply-adds in registers. */
  readonly flopsPerSecond: number
  /** Bytes read plus bytes written per second by the faster of a copying kernel and a buffer copy. */
  readonly bytesPerSecond: number
  /** What matrix units reach by shape; empty where none are in use. */
  readonly matrices: readonly MatrixCeiling[]
}

/** Measures all ceilings by probes of some ten milliseconds each. */
export const measureCeilings = async (state: DeviceState): Promise<Ceilings> => ({
  flopsPerSecond: await measureMultiplyAdd(state),
  bytesPerSecond: await measureCopying(state),
  matrices: await measureMatrixProducts(state),
})
