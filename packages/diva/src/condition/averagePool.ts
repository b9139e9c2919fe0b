import { concat, mean, reshape, sliceAxis, type Tensor } from "@diva/tensor"
import { titled } from "../titled.ts"
import type { Condition } from "./condition.ts"

/** Means of consecutive windows of patches; what does not fill the last one is left out. */
export const windowMeans = (patches: Tensor, window: number): Tensor => {
  const [batch, count, width] = patches.shape as readonly [number, number, number]
  const windows = Math.floor(count / window)
  const whole = sliceAxis(patches, 1, 0, windows * window)
  return mean(reshape(whole, [batch, windows, window, width]), { axis: 2 })
}

/**
 * The global token and the means of consecutive windows of patch tokens, in raster order across row ends; patches that
 * do not fill the last window are left out.  → [batch, 1 + ⌊patches / window⌋, width]
 * Source: DIVA condition/SigLIP_for_timm_models_visiontransformer.py (window 6 at 224 px, 10 at 384 px).
 */
export const averagePool = (window: number): Condition =>
  titled(`averagePool(${window})`, ({ global, patches }) => concat([global, windowMeans(patches, window)], 1))
