import {
  add,
  conv2d,
  logistic,
  matmul,
  mul,
  type Choice,
  type Decision,
  type KernelFacts,
  type Shape,
} from "../../src/index.ts"
import type { GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

/** Products of so few columns only read what others store: kernels that compile fast do for them. */
const isReader = ({ problem }: Decision): boolean => /^\d+x(?:9|10)x/.test(problem)

/** The first choice that is wanted, for all but those readers. */
export const picking =
  (isWanted: (choice: Choice) => boolean) =>
  (decision: Decision): Choice =>
    [...decision.candidates, ...decision.others].find(
      isReader(decision) ? ({ way }) => way === "registers" : isWanted,
    ) ?? decision.candidates[0]

/** Small tiles, sums in one part; convolutions by the larger of Winograd's tiles. */
export const smallTiles = picking(
  ({ rows, columns, parts, way, tile }) =>
    rows === 32 && columns === 32 && (parts ?? 1) === 1 && way !== "registers" && (tile ?? 4) === 4,
)

/** A GPU that multiplies and adds, without matrix units. */
export const multiplyAdds: Partial<KernelFacts> = {
  isSoftware: false,
  textureExtent: 0,
  workgroupMemory: 16_384,
  invocations: 256,
  f16: false,
}

/** Labels of kernels that compute a logistic function of a convolution's result, of a program whose results were right. */
export const logisticAfterConvolution = async (guarded: GuardedDevice, shape: Shape): Promise<readonly string[]> => {
  const { labels } = await ranAsGpu(guarded, {
    shapes: { x: shape, w: [18, 5, 3, 3], b: [18, 1, 1], u: [shape[3]!, 9], v: [shape[3]!, 10] },
    results: ({ x, w, b, u, v }) => {
      const before = add(conv2d(x, w, { padding: 1 }), b)
      return { y: matmul(mul(before, logistic(before)), u), z: matmul(before, v) }
    },
  })
  return labels.filter((label) => label.includes("logistic"))
}
