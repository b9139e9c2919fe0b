import { dualPair } from "../op/dual.ts"
import { isInteger } from "../dtype/dtype.ts"
import { raise } from "../error.ts"
import { abs } from "./abs.ts"
import { equal } from "./equal.ts"
import { iota } from "./iota.ts"
import { mean } from "./mean.ts"
import { neg } from "./neg.ts"
import { sameShape } from "../shape/shape.ts"
import { select } from "./select.ts"
import { logSoftmax } from "./softmax.ts"
import { square } from "./square.ts"
import { sub } from "./sub.ts"
import { sum } from "./sum.ts"
import { unsqueeze } from "./unsqueeze.ts"

/** Mean of (x - y)² over all elements, a scalar. */
export const meanSquaredError = dualPair("meanSquaredError", (x, y) => mean(square(sub(x, y))))

/** Mean of |x - y| over all elements, a scalar. */
export const l1 = dualPair("l1", (x, y) => mean(abs(sub(x, y))))

/**
 * Mean over the batch of -log softmax(logits)[label], a scalar. logits: [...s, classes], labels: i32|u32[...s] with values
 * in [0, classes). Throws `ShapeMismatch`, `DTypeMismatch`.
 */
export const crossEntropy = dualPair("crossEntropy", (logits, labels) => {
  if (!sameShape(logits.shape.slice(0, -1), labels.shape))
    return raise({
      _tag: "ShapeMismatch",
      op: "crossEntropy",
      operands: [
        { name: "logits", shape: logits.shape, dtype: logits.dtype, axes: ["classes"] },
        { name: "labels", shape: labels.shape, dtype: labels.dtype },
      ],
      rule: "labels must have the shape of logits without its last axis",
      remedy: "labels are class numbers, not one-hot rows",
    })
  if (!isInteger(labels.dtype))
    return raise({
      _tag: "DTypeMismatch",
      op: "crossEntropy",
      operands: [{ name: "labels", shape: labels.shape, dtype: labels.dtype }],
      rule: "labels must be i32 or u32, the numbers of classes",
      remedy: 'cast(labels, "i32") converts',
    })
  const isLabel = equal(iota(logits.shape, -1, labels.dtype), unsqueeze(labels, -1))
  return neg(mean(sum(select(isLabel, logSoftmax(logits), 0), { axis: -1 })))
})
