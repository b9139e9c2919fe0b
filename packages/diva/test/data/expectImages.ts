import { expect } from "vitest"
import { type DamagedImages, isFatal } from "./damagedImages.ts"

/** What must hold of pictures damaged in any way: every good one is read, every bad one is counted, with a reason. */
export const expectImages = (kind: string, { damaged, whole, total, good, bad, reasons }: DamagedImages): void => {
  expect(total).toBe(damaged + whole)
  expect(good + bad.length).toBe(total)
  expect(bad.filter((key) => key.startsWith("whole"))).toEqual([])
  expect(reasons.filter((reason) => reason.trim() === "")).toEqual([])
  if (isFatal(kind)) expect(bad).toHaveLength(damaged)
}
