import type { SizesOf, Subject, SubjectName, SubjectOf } from "./subject.ts"

/** What a subject takes at least, however it is computed. */
export interface Work {
  /** Multiplications and additions of the definition: a faster algorithm is credited with the same. */
  readonly flops: number
  /** Operands read once plus results written once, f32; for fused subjects what its parts would move one by one. */
  readonly bytes: number
}

type Rules = { readonly [Name in SubjectName]: (sizes: SizesOf[Name]) => Work }

const f32 = 4

const convolution = ({ channels, edge }: SizesOf["convolution"]): Work => ({
  flops: 2 * 9 * channels * channels * edge * edge,
  bytes: f32 * (2 * channels * edge * edge + 9 * channels * channels),
})

const attention = ({ heads, tokens, width }: SizesOf["attention"]): Work => ({
  flops: 4 * heads * tokens * tokens * width,
  bytes: f32 * 4 * heads * tokens * width,
})

const blockParameters = ({ width, mlp }: SizesOf["block"]): number => 4 * width * width + 2 * width * mlp

const block = (sizes: SizesOf["block"]): Work => {
  const { tokens, width } = sizes
  return {
    flops: 2 * tokens * blockParameters(sizes) + 4 * tokens * tokens * width,
    bytes: f32 * (blockParameters(sizes) + 2 * tokens * width),
  }
}

// By the usual count each product's two gradients take twice its forward work; recomputing is not credited.
const withGradients = ({ flops, bytes }: Work, read: number): Work => ({ flops: 3 * flops, bytes: bytes + read })

const elementwise = (elements: number, passes: number): Work => ({ flops: 0, bytes: f32 * elements * passes })

const rules: Rules = {
  matmul: ({ m, n, k }) => ({ flops: 2 * m * n * k, bytes: f32 * (m * k + k * n + m * n) }),
  convolution,
  convolutionInput: convolution,
  convolutionWeight: convolution,
  attention,
  attentionGradient: (sizes) => withGradients(attention(sizes), attention(sizes).bytes),
  block,
  blockGradient: (sizes) => withGradients(block(sizes), f32 * blockParameters(sizes)),
  layerNorm: ({ rows, width }) => elementwise(rows * width, 2),
  layerNormFused: ({ rows, width }) => elementwise(rows * width, 8),
  groupNorm: ({ channels, edge }) => elementwise(channels * edge * edge, 2),
  groupNormFused: ({ channels, edge }) => elementwise(channels * edge * edge, 7),
  softmax: ({ rows, width }) => elementwise(rows * width, 2),
  softmaxFused: ({ rows, width }) => elementwise(rows * width, 6),
  microStep: () => ({ flops: 0, bytes: 0 }),
}

const workBy = <Name extends SubjectName>({ name, sizes }: SubjectOf<Name>): Work => rules[name](sizes)

export const workOf = (subject: Subject): Work => workBy(subject)
