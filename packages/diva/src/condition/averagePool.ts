import { concat, mean, raise, reshape, sliceAxis, type Tensor } from "@diva/tensor"
import { count, requireNumber } from "../requireNumber.ts"
import { titled } from "../titled.ts"
import type { Condition } from "./condition.ts"

const tooWide = (window: number, patches: number): never =>
  raise({
    _tag: "InvalidAttribute",
    op: "averagePool",
    attribute: "window",
    rule: `an image of ${patches} patches has no window of ${window}`,
    remedy: `give a window of at most ${patches}, or the global token alone (classOnly)`,
  })

/** Means of consecutive windows of patches; what does not fill the last one is left out. */
export const windowMeans = (patches: Tensor, window: number): Tensor => {
  const [batch, available, width] = patches.shape as readonly [number, number, number]
  const windows = Math.floor(available / window)
  if (windows === 0) return tooWide(window, available)
  const whole = sliceAxis(patches, 1, 0, windows * window)
  return mean(reshape(whole, [batch, windows, window, width]), { axis: 2 })
}

/**
 * The global token and the means of consecutive windows of patch tokens, in raster order across row ends; patches that
 * do not fill the last window are left out.  → [batch, 1 + ⌊patches / window⌋, width]
 * Throws `InvalidAttribute` for a window that no image has.
 * Source: DIVA condition/SigLIP_for_timm_models_visiontransformer.py (window 6 at 224 px, 10 at 384 px).
 */
export const averagePool = (window: number): Condition => {
  requireNumber("averagePool", "window", window, count)
  return titled(`averagePool(${window})`, ({ global, patches }) => concat([global, windowMeans(patches, window)], 1))
}
