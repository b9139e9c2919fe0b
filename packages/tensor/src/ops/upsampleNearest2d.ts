import { dual } from "../op/dual.ts"
import { raise } from "../error.ts"
import { imageAxes } from "./imageAxes.ts"
import { expand } from "./expand.ts"
import { reshape } from "./reshape.ts"

/**
 * Repeats each pixel `factor` times (2 by default) both ways. x: [n, c, h, w] → [n, c, h·factor, w·factor]. Only index
 * arithmetic: readers see the repeated pixels without a copy. Throws `ShapeMismatch`.
 */
export const upsampleNearest2d = dual(
  "upsampleNearest2d",
  (x, factor: number | readonly [vertical: number, horizontal: number] = 2) => {
    const [vertical, horizontal] = typeof factor === "number" ? [factor, factor] : factor
    const [n, c, h, w] = x.shape
    if (n === undefined || c === undefined || h === undefined || w === undefined || x.shape.length !== 4)
      return raise({
        _tag: "ShapeMismatch",
        op: "upsampleNearest2d",
        operands: [{ name: "x", shape: x.shape, dtype: x.dtype, axes: imageAxes }],
        rule: "x must be [n, c, h, w]",
        remedy: "unsqueeze(x, 0) adds a batch axis",
      })
    const repeated = expand(reshape(x, [n, c, h, 1, w, 1]), [n, c, h, vertical, w, horizontal])
    return reshape(repeated, [n, c, h * vertical, w * horizontal])
  },
)
