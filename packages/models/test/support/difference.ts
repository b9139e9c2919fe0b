import type { HostArray } from "@diva/tensor"
import { expect } from "vitest"
import type { Arrays, GoldenCase } from "./goldenCase.ts"

/** |got − want|₂/|want|₂ and max|got − want|/max|want|, the metric of the stored cases. */
export const difference = (got: HostArray, want: HostArray): { readonly relL2: number; readonly relMax: number } => {
  let [squares, wanted, largest, scale] = [0, 0, 0, 0]
  for (let i = 0; i < want.data.length; i++) {
    const delta = got.data[i]! - want.data[i]!
    squares += delta * delta
    wanted += want.data[i]! ** 2
    largest = Math.max(largest, Math.abs(delta))
    scale = Math.max(scale, Math.abs(want.data[i]!))
  }
  return { relL2: Math.sqrt(squares / wanted), relMax: largest / scale }
}

const verdict = (name: string, got: HostArray | undefined, want: HostArray, tolerance: GoldenCase["tolerance"]) => {
  if (got === undefined) return `${name}: the model gives nothing of this name`
  if (got.shape.join() !== want.shape.join()) return `${name}: [${got.shape.join()}] instead of [${want.shape.join()}]`
  const { relL2, relMax } = difference(got, want)
  // NaN compares false, so it is a failure too.
  const fits = relL2 <= tolerance.rel_l2 && relMax <= tolerance.rel_max
  return fits ? undefined : `${name}: rel_l2 ${relL2}, rel_max ${relMax}`
}

/** Every expected tensor is there, in its shape, and within the tolerance the reference's own rounding allows. */
export const expectClose = (got: Arrays, want: Arrays, tolerance: GoldenCase["tolerance"]): void => {
  const failures = Object.entries(want).flatMap(([name, array]) => verdict(name, got[name], array, tolerance) ?? [])
  expect(failures).toEqual([])
}
