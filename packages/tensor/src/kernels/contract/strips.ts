import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import type { Shape } from "../../shape/shape.ts"
import type { Correlation } from "../convolution/textures/correlation.ts"
import { implicitProduct, implicitStrips } from "../convolution/textures/implicitProduct.ts"
import { implicitSeconds } from "../convolution/textures/seconds.ts"
import { range, type Operand } from "../emit/operand.ts"
import { hasLaneTiles } from "../tiles/laneTile.ts"
import type { Way } from "../way/way.ts"
import type { ContractProblem } from "./problem.ts"
import { takesTextures } from "./textures.ts"

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
const correlationOf = ({ a, b, axes, m: features, n: columns, k: channels }: ContractProblem): Correlation | null => {
  const rank = a.view.shape.length
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

const isWide = (problem: ContractProblem, facts: KernelFacts): boolean => {
  const correlation = correlationOf(problem)
  return correlation !== null && isWorth(correlation) && implicitStrips(correlation, facts) !== null
}

/**
 * A contraction whose operands fit no texture, as a 1×1 convolution of a large image is: strip by strip, for CPU drivers. What
 * fits is read as it lies instead.
 */
export const strips: Way<ContractProblem, { readonly rows: number }> = {
  name: "strips",
  needs: hasLaneTiles,
  takes: (problem, facts) => !takesTextures(problem, facts) && isWide(problem, facts),
  numerics: () => "f32",
  candidates: () => [{ rows: 32 }],
  cost: (problem, { rows }, model) => implicitSeconds(correlationOf(problem)!, rows, model),
  write: (problem, { rows }, site) => {
    const correlation = correlationOf(problem)!
    return implicitProduct(site, correlation, implicitStrips(correlation, site.facts)!, rows)
  },
}
