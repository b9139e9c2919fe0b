import { add, concat, mul, neg, raise, rsqrt, square, stopGradient, sum, takeBatched, type Tensor } from "@diva/tensor"
import { titled } from "../titled.ts"
import type { Condition, ImageFeatures } from "./condition.ts"
import { countOf, requirePatches, shown, type PatchCount } from "./randomPatches.ts"
import { smallestPlaces } from "./smallestPlaces.ts"

/** Cosine of each patch with the whole image, up to the whole's length, which decides no order.  → [batch, patches] */
const similarity = ({ global, patches }: ImageFeatures): Tensor => {
  const constant = stopGradient(patches)
  const lengths = rsqrt(add(sum(square(constant), { axis: 2 }), 1e-12))
  return mul(sum(mul(constant, stopGradient(global)), { axis: 2 }), lengths)
}

const tooMany = (count: number, available: number): never =>
  raise({
    _tag: "InvalidAttribute",
    op: "topPatches",
    attribute: "count",
    rule: `an image of ${available} patches does not have ${count} most similar ones`,
    remedy: "keep fewer, or all of them (allPatches)",
  })

/**
 * The global token and the `patches` patch tokens that are most like it (cosine), the most similar first: the same ones for every
 * inner draw. Which are chosen has no gradient; what is retained has.  → [batch, 1 + kept, width]
 */
export const topPatches = (patches: PatchCount): Condition => {
  requirePatches("topPatches", patches)
  return titled(`topPatches(${shown(patches)})`, ({ global, patches: all }) => {
    const available = all.shape[1]!
    const count = countOf(patches, available)
    if (count > available) return tooMany(count, available)
    const places = smallestPlaces(neg(similarity({ global, patches: all })), count)
    return concat([global, takeBatched(all, places)], 1)
  })
}
