import type { Subject } from "../../../scripts/bench/subject.ts"

/** Forward and with gradients, next to each other so that they compare: of CLIP ViT-L's block and of Stable Diffusion's largest attention. */
export const subjects: readonly Subject[] = [
  { name: "attention", sizes: { heads: 5, tokens: 4096, width: 64 } },
  { name: "attentionGradient", sizes: { heads: 5, tokens: 4096, width: 64 } },
  { name: "attention", sizes: { heads: 16, tokens: 257, width: 64 } },
  { name: "attentionGradient", sizes: { heads: 16, tokens: 257, width: 64 } },
  { name: "block", sizes: { tokens: 257, width: 1024, heads: 16, mlp: 4096 } },
  { name: "blockGradient", sizes: { tokens: 257, width: 1024, heads: 16, mlp: 4096 } },
]

/** The same subjects, small enough for a test. */
export const tinySubjects: readonly Subject[] = [
  { name: "attention", sizes: { heads: 2, tokens: 9, width: 8 } },
  { name: "attentionGradient", sizes: { heads: 2, tokens: 9, width: 8 } },
  { name: "block", sizes: { tokens: 5, width: 16, heads: 2, mlp: 32 } },
  { name: "blockGradient", sizes: { tokens: 5, width: 16, heads: 2, mlp: 32 } },
]
