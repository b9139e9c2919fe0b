import { add, iota, mul, randomIntegers, type Tensor } from "@diva/tensor"

export interface SeenPatches {
  readonly batch: number
  readonly patches: number
  readonly onePatchIn: number
}

/**
 * One patch of each run of `onePatchIn` in raster order, drawn by itself: every part of an image is seen, and no patch twice.
 * → i32 [batch, patches / onePatchIn]
 */
export const seenPatches = (key: Tensor, { batch, patches, onePatchIn }: SeenPatches): Tensor => {
  const runs = patches / onePatchIn
  const starts = mul(iota([1, runs], 1), onePatchIn)
  return add(starts, randomIntegers(key, [batch, runs], 0, onePatchIn))
}
