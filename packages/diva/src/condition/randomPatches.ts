import { concat, takeBatched } from "@diva/tensor"
import { count, requireNumber, share } from "../requireNumber.ts"
import { titled } from "../titled.ts"
import type { Condition } from "./condition.ts"

/** How many patches are drawn: a number, or a share of the image's patches, rounded down (at least 1). */
export type PatchCount = number | { readonly share: number }

/** How many of `available` patches are meant. */
export const countOf = (patches: PatchCount, available: number): number =>
  typeof patches === "number" ? patches : Math.max(1, Math.floor(patches.share * available))

/** Refuses counts below 1 and shares that are none. Throws `InvalidAttribute`. */
export const requirePatches = (op: string, patches: PatchCount): void =>
  typeof patches === "number"
    ? requireNumber(op, "count", patches, count)
    : requireNumber(op, "share", patches.share, share)

/** A count as titles name it. */
export const shown = (patches: PatchCount): string =>
  typeof patches === "number" ? String(patches) : `share ${patches.share}`

/**
 * The global token and `patches` patch tokens drawn again for every sample and inner draw, in order of drawing.
 * → [batch, 1 + drawn, width]
 *
 * `randomPatches(76)` is the original's OpenAI condition: 77 tokens, one for each position of the text embedding;
 * `randomPatches({ share: 0.5 })` its condition for DFN at 378 px. Final norm and projection treat tokens one by one, so
 * drawing after them retains what drawing before them would.
 * Source: DIVA condition/OpenAICLIP_for_clip_model.py, DFN_for_openclip_transformer.py.
 */
export const randomPatches = (patches: PatchCount): Condition => {
  requirePatches("randomPatches", patches)
  return titled(`randomPatches(${shown(patches)})`, ({ global, patches: all, draw }) => {
    const available = all.shape[1]!
    return concat([global, takeBatched(all, draw(countOf(patches, available), available))], 1)
  })
}
