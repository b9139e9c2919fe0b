import type { Precision } from "@diva/tensor"

/** TFLOP/s of a prototype on an H200, by the precision that its arithmetic is allowed at. */
export type Rates = Readonly<Partial<Record<Precision, number>>>

const rates = (highest: number, high?: number, medium?: number): Rates => ({
  highest,
  ...(high === undefined ? {} : { high }),
  ...(medium === undefined ? {} : { medium }),
})

/** How operands of a product lie: N as written, T transposed, the left one first; `wT` is a weight that does not change. */
export type Layout = "NN" | "NT" | "TN" | "NwT"

export interface Product {
  readonly m: number
  readonly n: number
  readonly k: number
  readonly layout: Layout
  readonly rates: Rates
}

const product = (m: number, n: number, k: number, layout: Layout, ...reached: Parameters<typeof rates>): Product => ({
  m,
  n,
  k,
  layout,
  rates: rates(...reached),
})

/** Products as models have them, with their gradients; those of weights that do not change are held against the same prototypes. */
export const products: readonly Product[] = [
  product(4096, 4096, 4096, "NN", 45, 101, 154),
  product(1024, 1024, 1024, "NN", 37, 72, 107),
  product(4096, 320, 320, "NT", 23, 37, 72),
  product(4096, 320, 320, "NwT", 23, 37, 72),
  product(257, 1024, 1024, "NT", 16, undefined, 33),
  product(257, 4096, 1024, "NT", 23, 46, 64),
  product(257, 1024, 4096, "NN", 26, 40, 66),
  product(1024, 1024, 257, "TN", 28, 38, 56),
  product(4096, 2560, 320, "NT", 37, 82, 123),
  product(4096, 2560, 320, "NwT", 37, 82, 123),
  product(4096, 320, 1280, "NT", 30, 60, 82),
  product(4096, 320, 1280, "NwT", 30, 60, 82),
  product(256, 10240, 1280, "NwT", 31, 67, 87),
  product(1024, 5120, 640, "NwT", 33, 75, 121),
  product(4112, 4096, 1024, "NT", 40, 94, 141),
]

export interface Convolution {
  readonly channels: number
  readonly edge: number
  readonly stride: 1 | 2
  readonly rates: Rates
}

const convolution = (
  channels: number,
  edge: number,
  stride: 1 | 2,
  ...reached: Parameters<typeof rates>
): Convolution => ({ channels, edge, stride, rates: rates(...reached) })

/** Convolutions of 3×3 whose weights do not change. */
export const convolutions: readonly Convolution[] = [
  convolution(320, 64, 1, 81, 74, 164),
  convolution(640, 32, 1, 79, 83, 150),
  convolution(1280, 16, 1, 43, 68, 129),
  convolution(1280, 8, 1, 30, 41, 66),
  convolution(512, 128, 1, 128, 107, 288),
  convolution(320, 64, 2, 8, 37, 60),
]

export interface Attention {
  readonly heads: number
  readonly tokens: number
  readonly width: number
  /** Of the pass forward, and of the gradients in queries and in keys and values. */
  readonly rates: Readonly<Partial<Record<"attention" | "attentionQueries" | "attentionKeys", Rates>>>
}

export const attentions: readonly Attention[] = [
  {
    heads: 5,
    tokens: 4096,
    width: 64,
    rates: {
      attention: rates(22.6, 42, 68),
      attentionQueries: rates(21.7, 48, 77),
      attentionKeys: rates(22, 27, 68),
    },
  },
  { heads: 1, tokens: 4096, width: 512, rates: { attention: rates(22) } },
]
