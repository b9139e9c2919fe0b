import {
  add,
  attention,
  layerNorm,
  linear,
  logistic,
  mean,
  mul,
  permute,
  reshape,
  slice,
  square,
  type Device,
  type Shape,
  type Tensor,
} from "@diva/tensor"
import { valueAndGrad, vjp } from "@diva/autograd"
import { onDevice, type Described } from "../../../scripts/bench/onDevice.ts"
import type { Offers } from "../../../scripts/bench/serve.ts"
import type { SizesOf } from "../../../scripts/bench/subject.ts"

type BlockSizes = SizesOf["block"]

const parameterShapes = ({ width, mlp }: BlockSizes) => ({
  scale1: [width],
  offset1: [width],
  wqkv: [3 * width, width],
  bqkv: [3 * width],
  wo: [width, width],
  bo: [width],
  scale2: [width],
  offset2: [width],
  w1: [mlp, width],
  b1: [mlp],
  w2: [width, mlp],
  b2: [width],
})

type Parameters = Readonly<Record<keyof ReturnType<typeof parameterShapes>, Tensor>>

const quickGelu = (x: Tensor): Tensor => mul(x, logistic(mul(x, 1.702)))

const attend = ({ tokens, width, heads }: BlockSizes, x: Tensor): Tensor => {
  const head = (part: number): Tensor => {
    const columns = slice(x, { starts: [0, part * width], ends: [tokens, (part + 1) * width] })
    return permute(reshape(columns, [1, tokens, heads, width / heads]), [0, 2, 1, 3])
  }
  return reshape(permute(attention(head(0), head(1), head(2)), [0, 2, 1, 3]), [tokens, width])
}

/** CLIP's residual block on one image's tokens. x: [tokens, width] */
const block = (sizes: BlockSizes, p: Parameters, x: Tensor): Tensor => {
  const normed = layerNorm(x, { weight: p.scale1, bias: p.offset1 })
  const attended = add(x, linear(attend(sizes, linear(normed, p.wqkv, p.bqkv)), p.wo, p.bo))
  const hidden = quickGelu(linear(layerNorm(attended, { weight: p.scale2, bias: p.offset2 }), p.w1, p.b1))
  return add(attended, linear(hidden, p.w2, p.b2))
}

const blockShapes = (sizes: BlockSizes): Described["shapes"] => ({
  ...parameterShapes(sizes),
  x: [sizes.tokens, sizes.width],
})

const heads = ({ heads, tokens, width }: SizesOf["attention"]): Shape => [1, heads, tokens, width]

/** Each subject as this library writes it. */
export const programs = {
  attention: (sizes: SizesOf["attention"]): Described => ({
    shapes: { q: heads(sizes), k: heads(sizes), v: heads(sizes) },
    program: ({ q, k, v }) => attention(q!, k!, v!),
  }),
  attentionGradient: (sizes: SizesOf["attention"]): Described => ({
    shapes: { q: heads(sizes), k: heads(sizes), v: heads(sizes), cotangent: heads(sizes) },
    program: ({ q, k, v, cotangent }) => {
      const [output, pull] = vjp((q: Tensor, k: Tensor, v: Tensor) => attention(q, k, v))(q!, k!, v!)
      return { output, gradients: pull(cotangent!) }
    },
  }),
  block: (sizes: BlockSizes): Described => ({
    shapes: blockShapes(sizes),
    program: ({ x, ...p }) => block(sizes, p as Parameters, x!),
  }),
  blockGradient: (sizes: BlockSizes): Described => ({
    shapes: blockShapes(sizes),
    program: ({ x, ...p }) => valueAndGrad((p: Parameters) => mean(square(block(sizes, p, x!))))(p as Parameters),
  }),
} satisfies { readonly [Name in keyof SizesOf]?: (sizes: SizesOf[Name]) => Described }

/** What this package measures on a device. */
export const offersOn = (device: Device): Offers =>
  Object.fromEntries(
    Object.entries(programs).map(([name, program]) => [name, async (sizes: never) => onDevice(device, program(sizes))]),
  )
