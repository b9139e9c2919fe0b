import type { Device, MatrixCeiling } from "@diva/tensor"

/** What the adapter reaches on the things every kernel is made of: the ceilings that profiles are held against. */
export interface Speed {
  /** Bytes read plus bytes written per second by the fastest way to copy. */
  readonly copyBytesPerSecond: number
  /** Floating-point operations per second of independent f32 multiply-adds. */
  readonly fmaFlopsPerSecond: number
  /** What matrix units reach on each of their shapes. */
  readonly matrices: readonly MatrixCeiling[]
}

/** Measures all of it, in about a second. */
export const measureSpeed = async (device: Device): Promise<Speed> => {
  const { bytesPerSecond, flopsPerSecond, matrices } = await device.ceilings()
  return { copyBytesPerSecond: bytesPerSecond, fmaFlopsPerSecond: flopsPerSecond, matrices }
}
