import type { Tensor } from "../../graph.ts"
import type { Group } from "../../plan/fusion.ts"
import type { Shape } from "../../shape.ts"
import { batchAxes } from "./batchAxes.ts"
import type { Correlation } from "../convolution/textures/correlation.ts"
import { implicitProduct, implicitStrips } from "../convolution/textures/implicitProduct.ts"
import type { Kernel, KernelLimits } from "../dispatch/kernel.ts"
import { hasLaneTiles } from "../tiles/laneTile.ts"
import { operandOf, range, type Operand } from "../emit/operand.ts"
import { bindGroup, type GroupBindings } from "../emit/tail.ts"

// Columns are cut into rows of pixels: as long as they are, and short enough that a window of them fits a texture.
const widest = 512

const widthOf = (columns: number): number | undefined =>
  range(widest / 4)
    .map((i) => widest - 4 * i)
    .find((width) => columns % width === 0)

const reshaped = (operand: Operand, shape: Shape, strides: readonly number[]): Operand => ({
  ...operand,
  view: { shape, strides, offset: operand.view.offset },
})

/** A contraction that one matrix shares over all batches, as a convolution of one tap whose pixels are the columns. */
const correlationOf = (group: Group, bindings: GroupBindings): Correlation | null => {
  const { shape, inputs } = group.anchor!
  const rank = shape.length
  const [a, b] = inputs.map((input) => operandOf(group, bindings, input)) as unknown as readonly [Operand, Operand]
  const [features, columns, channels] = [shape[rank - 2]!, shape[rank - 1]!, inputs[0]!.shape[rank - 1]!]
  const axes = batchAxes(a.view, b.view, shape.slice(0, -2))
  const width = widthOf(columns)
  if (width === undefined || b.view.strides[rank - 1] !== 1 || axes.length > 1) return null
  if (axes.some((axis) => axis.a !== 0)) return null
  const batch = axes[0]?.extent ?? 1
  const size = [columns / width, width] as const
  const [am, ak, bk] = [a.view.strides[rank - 2]!, a.view.strides[rank - 1]!, b.view.strides[rank - 2]!]
  return {
    image: reshaped(b, [batch, channels, ...size], [axes[0]?.b ?? 0, bk, width, 1]),
    weight: reshaped(a, [features, channels, 1, 1], [am, ak, 0, 0]),
    batch,
    channels,
    features,
    size,
    out: size,
    kernel: [1, 1],
    stride: [1, 1],
    spread: [1, 1],
    before: [0, 0],
  }
}

// Below this, laying both operands out costs more than tiles save.
const smallestWork = 1 << 20

const isWorth = ({ batch, channels, features, size }: Correlation): boolean =>
  features >= 8 && channels >= 8 && batch * channels * features * size[0] * size[1] >= smallestWork

/**
 * A contraction whose right operand has more columns than a texture has texels, as a 1×1 convolution of a large image is:
 * strip by strip, for CPU drivers. `null` where it is none, or where another adapter has better ways.
 */
export const contractStrips = (
  group: Group,
  limits: KernelLimits,
  inPlace: Tensor | null,
): readonly Kernel[] | null => {
  if (!hasLaneTiles(limits)) return null
  const bindings = bindGroup(group, limits, inPlace)
  const correlation = correlationOf(group, bindings)
  if (correlation === null || !isWorth(correlation)) return null
  const strips = implicitStrips(correlation, limits)
  if (strips === null) return null
  return implicitProduct(group, bindings, correlation, strips, { method: "implicit", rows: 32 }, limits)
}
