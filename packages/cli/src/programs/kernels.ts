import { attention, conv2d, matmul, type Spec } from "@diva/tensor"
import { Effect } from "effect"
import type { ProgramKind, Tensors } from "./program.ts"

const f32 = (...shape: number[]): Spec => ({ shape, dtype: "f32" })

/** [m, k] · [k, n]. */
export const matmulProgram: ProgramKind = {
  name: "matmul",
  summary: "a product of two matrices",
  sizes: [
    ["rows", 1024],
    ["inner", 1024],
    ["columns", 1024],
  ],
  build: ([m = 1024, k = 1024, n = 1024]) =>
    Effect.succeed({
      name: `matmul ${m}x${k}x${n}`,
      describe: ({ a, b }: Tensors) => matmul(a!, b!),
      specs: { a: f32(m, k), b: f32(k, n) },
    }),
}

/** A 3 by 3 convolution that keeps the size of a square image. */
export const convolutionProgram: ProgramKind = {
  name: "convolution",
  summary: "a 3 by 3 convolution of a square image, as many channels out as in",
  sizes: [
    ["channels", 320],
    ["edge", 64],
  ],
  build: ([channels = 320, edge = 64]) =>
    Effect.succeed({
      name: `convolution ${channels}x${edge}`,
      describe: ({ x, w }: Tensors) => conv2d(x!, w!, { padding: 1 }),
      specs: { x: f32(1, channels, edge, edge), w: f32(channels, channels, 3, 3) },
    }),
}

/** Self attention without a mask. */
export const attentionProgram: ProgramKind = {
  name: "attention",
  summary: "self attention without a mask",
  sizes: [
    ["heads", 5],
    ["tokens", 4096],
    ["depth", 64],
  ],
  build: ([heads = 5, tokens = 4096, depth = 64]) =>
    Effect.succeed({
      name: `attention ${heads}x${tokens}x${depth}`,
      describe: ({ q, k, v }: Tensors) => attention(q!, k!, v!),
      specs: { q: f32(1, heads, tokens, depth), k: f32(1, heads, tokens, depth), v: f32(1, heads, tokens, depth) },
    }),
}
