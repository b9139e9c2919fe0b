import { dual } from "../op/dual.ts"
import { raise } from "../error.ts"
import { optionsOf } from "../op/options.ts"
import { imageAxes } from "./imageAxes.ts"
import { resize, type ResizeOptions } from "./resize.ts"

/**
 * Bilinear resize as PyTorch's `interpolate(mode="bilinear", align_corners=False)`: pixel centres at (i + ½)·from/to - ½.
 * With `antialias` every pixel counts when an image shrinks, each output being a mean over what it stands for; without (the
 * default) only the two neighbours on each axis. x: [n, c, h, w] → [n, c, ...size]. `resize` has other modes. Throws `ShapeMismatch`.
 */
export const resizeBilinear = dual(
  "resizeBilinear",
  (x, size: readonly [height: number, width: number], options: Pick<ResizeOptions, "antialias"> = {}) =>
    x.shape.length === 4
      ? resize(x, size, optionsOf("resizeBilinear", options, ["antialias"]))
      : raise({
          _tag: "ShapeMismatch",
          op: "resizeBilinear",
          operands: [{ name: "x", shape: x.shape, dtype: x.dtype, axes: imageAxes }],
          rule: "x must be [n, c, h, w]",
          remedy: "unsqueeze(x, 0) adds a batch axis",
        }),
)
