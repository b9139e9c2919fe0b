import { valueAndGrad } from "@diva/autograd"
import {
  add,
  attention,
  gelu,
  layerNorm,
  linear,
  mean,
  permute,
  reshape,
  sliceAxis,
  square,
  type Spec,
  type Tensor,
} from "@diva/tensor"
import { Effect } from "effect"
import type { ProgramKind, Tensors } from "./program.ts"

const f32 = (...shape: number[]): Spec => ({ shape, dtype: "f32" })

/** The MLP is four times as wide, as in every CLIP tower. */
const expansion = 4

const parameterSpecs = (width: number): Readonly<Record<string, Spec>> => ({
  normWeight1: f32(width),
  normBias1: f32(width),
  queryKeyValue: f32(3 * width, width),
  queryKeyValueBias: f32(3 * width),
  out: f32(width, width),
  outBias: f32(width),
  normWeight2: f32(width),
  normBias2: f32(width),
  expand: f32(expansion * width, width),
  expandBias: f32(expansion * width),
  contract: f32(width, expansion * width),
  contractBias: f32(width),
})

/** Queries, keys or values: [1, heads, tokens, depth]. */
const partOf = (packed: Tensor, which: number): Tensor => permute(sliceAxis(packed, 1, which, which + 1), [1, 2, 0, 3])

const attended = (p: Tensors, x: Tensor, heads: number): Tensor => {
  const [tokens, width] = x.shape as readonly [number, number]
  const packed = reshape(linear(x, p["queryKeyValue"]!, p["queryKeyValueBias"]!), [tokens, 3, heads, width / heads])
  const [q, k, v] = [0, 1, 2].map((which) => partOf(packed, which))
  const mixed = permute(attention(q!, k!, v!), [0, 2, 1, 3])
  return linear(reshape(mixed, [tokens, width]), p["out"]!, p["outBias"]!)
}

const block = (p: Tensors, x: Tensor, heads: number): Tensor => {
  const normal = layerNorm(x, { weight: p["normWeight1"]!, bias: p["normBias1"]! })
  const middle = add(x, attended(p, normal, heads))
  const again = layerNorm(middle, { weight: p["normWeight2"]!, bias: p["normBias2"]! })
  const wide = gelu(linear(again, p["expand"]!, p["expandBias"]!))
  return add(middle, linear(wide, p["contract"]!, p["contractBias"]!))
}

/** A pre-norm transformer block of [tokens, width], forward and backward to its input and all parameters. */
export const blockProgram: ProgramKind = {
  name: "block",
  summary: "a transformer block with an MLP four times as wide, forward and backward",
  sizes: [
    ["tokens", 257],
    ["width", 1024],
    ["heads", 16],
  ],
  build: ([tokens = 257, width = 1024, heads = 16]) =>
    Effect.succeed({
      name: `block ${tokens}x${width}x${heads}`,
      describe: ({ inputs }: { readonly inputs: { readonly x: Tensor; readonly parameters: Tensors } }) =>
        valueAndGrad(({ x, parameters }: typeof inputs) => mean(square(block(parameters, x, heads))))(inputs),
      specs: { inputs: { x: f32(tokens, width), parameters: parameterSpecs(width) } },
    }),
}
