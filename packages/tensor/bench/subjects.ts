import type { Subject } from "../../../scripts/bench/subject.ts"

const convolutions = (channels: number, edge: number): readonly Subject[] => {
  const sizes = { channels, edge }
  return [
    { name: "convolution", sizes },
    { name: "convolutionInput", sizes },
    { name: "convolutionWeight", sizes },
  ]
}

/** Sizes as the models have them: CLIP ViT-L's blocks and Stable Diffusion's UNet at 512². */
export const subjects: readonly Subject[] = [
  { name: "matmul", sizes: { m: 1024, n: 1024, k: 1024 } },
  { name: "matmul", sizes: { m: 257, n: 1024, k: 1024 } },
  { name: "matmul", sizes: { m: 4096, n: 320, k: 320 } },
  ...convolutions(320, 64),
  ...convolutions(640, 32),
  ...convolutions(1280, 16),
  { name: "layerNorm", sizes: { rows: 4112, width: 1024 } },
  { name: "layerNormFused", sizes: { rows: 4112, width: 1024 } },
  { name: "groupNorm", sizes: { channels: 320, edge: 64, groups: 32 } },
  { name: "groupNormFused", sizes: { channels: 320, edge: 64, groups: 32 } },
  { name: "softmax", sizes: { rows: 4096, width: 4096 } },
  { name: "softmaxFused", sizes: { rows: 4096, width: 4096 } },
]

/** The same subjects, small enough for a test. */
export const tinySubjects: readonly Subject[] = [
  { name: "matmul", sizes: { m: 9, n: 5, k: 7 } },
  ...convolutions(8, 6),
  { name: "layerNorm", sizes: { rows: 5, width: 16 } },
  { name: "layerNormFused", sizes: { rows: 5, width: 16 } },
  { name: "groupNorm", sizes: { channels: 8, edge: 4, groups: 4 } },
  { name: "groupNormFused", sizes: { channels: 8, edge: 4, groups: 4 } },
  { name: "softmax", sizes: { rows: 4, width: 12 } },
  { name: "softmaxFused", sizes: { rows: 4, width: 12 } },
]
