import { add, exp, mul, permute, reshape, sub, type Choice, type Decision } from "../../src/index.ts"
import { openGuarded, type GuardedDevice } from "../device/guardedDevice.ts"
import type { NamedProgram } from "../plan/ranAsGpu.ts"

/** Blocks where they can be, the first choice elsewhere. */
export const inBlocks = ({ candidates, others }: Decision): Choice =>
  [...candidates, ...others].find(({ way }) => way === "blocks") ?? candidates[0]

/** A device that computes in blocks whatever can be. */
export const openForBlocks = (): Promise<GuardedDevice> =>
  openGuarded({ planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384 }, choose: inBlocks })

type Turned = NamedProgram<"x" | "y">

/** Permutations in kernels of their own, with arithmetic around them. Extents of a block, a patch of them, and rests. */
export const turnedCases: Readonly<Record<string, Turned>> = {
  "an image from its pixels, and another": {
    shapes: { x: [2, 5, 20, 12], y: [2, 12, 5, 20] },
    results: ({ x, y }) => ({ z: add(mul(permute(x, [0, 3, 1, 2]), 3), y) }),
  },
  "a matrix of one patch": {
    shapes: { x: [32, 32], y: [32, 32] },
    results: ({ x, y }) => ({ z: sub(permute(x, [1, 0]), y) }),
  },
  "a matrix beside its transpose": {
    shapes: { x: [36, 36], y: [1] },
    results: ({ x }) => ({ z: add(x, exp(permute(x, [1, 0]))) }),
  },
  "both operands turned": {
    shapes: { x: [68, 100], y: [68, 100] },
    results: ({ x, y }) => ({ z: mul(permute(x, [1, 0]), permute(y, [1, 0])) }),
  },
  "scales of columns and of rows": {
    shapes: { x: [64, 40], y: [40, 1] },
    results: ({ x, y }) => ({ z: mul(permute(x, [1, 0]), y) }),
  },
  "axes of one element": {
    shapes: { x: [1, 48, 1, 44], y: [44, 1, 1, 48] },
    results: ({ x, y }) => ({ z: add(permute(x, [3, 0, 2, 1]), y) }),
  },
  "the outermost axis innermost, of five": {
    shapes: { x: [8, 3, 5, 2, 12], y: [3, 5, 2, 12, 8] },
    results: ({ x, y }) => ({ z: add(permute(x, [1, 2, 3, 4, 0]), y) }),
  },
  "a matrix turned after a reshape": {
    shapes: { x: [12, 4, 28], y: [28, 48] },
    results: ({ x, y }) => ({ z: add(permute(reshape(x, [48, 28]), [1, 0]), y) }),
  },
  "odd extents, element by element": {
    shapes: { x: [61, 67], y: [67, 61] },
    results: ({ x, y }) => ({ z: add(permute(x, [1, 0]), y) }),
  },
  "more rows than workgroups of an axis": {
    shapes: { x: [4, 65_540], y: [65_540, 4] },
    results: ({ x, y }) => ({ z: add(permute(x, [1, 0]), y) }),
  },
}
