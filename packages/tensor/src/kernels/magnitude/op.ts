import * as E from "fp-ts/lib/Either.js"
import type { Op } from "../../op/op.ts"
import { sizeOf } from "../../shape/shape.ts"
import { magnitudeName } from "./isMagnitude.ts"
import { magnitude } from "./ways.ts"

/**
 * magnitude(x) = max |x| over all finite elements, 0 where none is.  x: f32[...S] → f32[1].  A node of the planner's own: kernels that multiply with less
 * than f32 scale their operands by it.
 */
export const magnitudeOp: Op = {
  name: magnitudeName,
  doc: "magnitude(x) = max |x| over all finite elements",
  gives: () => E.right({ shape: [1], dtype: "f32" }),
  cpu: ([x], output) => {
    output.data[0] = (x!.data as Float32Array).reduce(
      (largest, value) => (Number.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest),
      0,
    )
  },
  lowering: { kind: "kernel", family: magnitude },
  vjp: { none: "it scales, and what is scaled by it is scaled back" },
  flops: ([x]) => sizeOf(x!.shape),
  shows: [{ inputs: [{ shape: [3], values: [1, -2, 0] }], output: { shape: [1], values: [2] } }],
  samples: [],
}
