import { optionsOf } from "../op/options.ts"
import { dualOptions } from "../op/dual.ts"
import { raise } from "../error.ts"
import type { Tensor } from "../graph/tensor.ts"
import { add } from "./add.ts"
import { cast } from "./cast.ts"
import { mul } from "./mul.ts"
import { normalise } from "./normalise.ts"
import { reshape } from "./reshape.ts"

export interface GroupNormOptions {
  /** How many groups the channels form; must divide them. */
  readonly groups: number
  /** Scale per channel. [c] */
  readonly weight?: Tensor
  /** Offset per channel. [c] */
  readonly bias?: Tensor
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number
}

/**
 * Normalises each group of channels over the group and all places, then scales and offsets per channel.
 * x: [n, c, ...places], weight, bias: [c] → [n, c, ...places]. Throws `InvalidAttribute` unless `groups` divides c.
 */
export const groupNorm = dualOptions("groupNorm", (x, options: GroupNormOptions) => {
  const { groups, weight, bias, eps = 1e-5 } = optionsOf("groupNorm", options, ["groups", "weight", "bias", "eps"])
  const [batch, channels] = x.shape
  if (batch === undefined || channels === undefined || channels % groups !== 0)
    return raise({
      _tag: "InvalidAttribute",
      op: "groupNorm",
      attribute: "groups",
      rule: `${groups} groups do not divide the channels (axis 1) of [${x.shape.join(", ")}]`,
      remedy: "choose a divisor of the number of channels",
    })
  const y = reshape(normalise(reshape(cast(x, "f32"), [batch, groups, -1]), [2], eps), x.shape)
  const perChannel = (values: Tensor): Tensor =>
    reshape(cast(values, "f32"), [channels, ...x.shape.slice(2).map(() => 1)])
  const scaled = weight === undefined ? y : mul(y, perChannel(weight))
  return bias === undefined ? scaled : add(scaled, perChannel(bias))
})
