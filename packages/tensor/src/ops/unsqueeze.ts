import { dual } from "../op/dual.ts"
import { raise } from "../error.ts"
import { resolveAxis, type Shape } from "../shape/shape.ts"
import { reshape } from "./reshape.ts"

const resolve = (op: string, axis: number, rank: number, shape: Shape): number =>
  resolveAxis(axis, rank) ??
  raise({
    _tag: "InvalidAttribute",
    op,
    attribute: "axis",
    rule: `${axis} is out of range for [${shape.join(", ")}]`,
    remedy: "axes count from 0, or from -1 at the end",
  })

/** Adds an axis of extent 1 at position `axis` of the result: [3, 5] at 1 → [3, 1, 5]; -1 adds a last axis. */
export const unsqueeze = dual("unsqueeze", (x, axis: number) => {
  const at = resolve("unsqueeze", axis, x.shape.length + 1, x.shape)
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])
})

/** Removes an axis of extent 1, or all of them by default. Throws `InvalidAttribute` if the axis has another extent. */
export const squeeze = dual("squeeze", (x, axis?: number) => {
  if (axis === undefined)
    return reshape(
      x,
      x.shape.filter((extent) => extent !== 1),
    )
  const at = resolve("squeeze", axis, x.shape.length, x.shape)
  if (x.shape[at] !== 1)
    return raise({
      _tag: "InvalidAttribute",
      op: "squeeze",
      attribute: "axis",
      rule: `axis ${axis} of [${x.shape.join(", ")}] has extent ${x.shape[at]}, not 1`,
      remedy: "sliceAxis(x, axis, i, i + 1) takes one element first",
    })
  return reshape(
    x,
    x.shape.filter((_, i) => i !== at),
  )
})
