import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  add,
  groupNorm,
  matmul,
  permute,
  reshape,
  slice,
  type Choice,
  type Decision,
  type Shape,
  type Tensor,
} from "../../src/index.ts"
import { openGuarded, type GuardedDevice } from "../device/guardedDevice.ts"
import { ranAsGpu } from "./ranAsGpu.ts"

let guarded: GuardedDevice
beforeAll(async () => {
  const choose = ({ candidates, others }: Decision): Choice =>
    [...candidates, ...others].find(({ way, rows, columns }) => way === "workgroup" && rows === 32 && columns === 32) ??
    candidates[0]
  const planFor = { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384, invocations: 256, f16: false }
  guarded = await openGuarded({ planFor, choose })
})
afterAll(() => guarded.close())

/** Pixels of several images as rows. */
const tokens = (x: Tensor): Tensor =>
  reshape(permute(x, [0, 2, 3, 1]), [x.shape[0]!, x.shape[2]! * x.shape[3]!, x.shape[1]!])

describe("pixels of several images as rows of a matrix", () => {
  it.each<readonly [string, number, Shape]>([
    ["whole vectors of pixels", 4, [2, 20, 6, 6]],
    ["odd extents", 3, [3, 18, 5, 7]],
  ])("are multiplied where they lie, as a norm has stored them: %s", async (_name, groups, shape) => {
    const { labels } = await ranAsGpu(guarded, {
      shapes: { x: shape, w: [shape[1]!, 19], b: [19] },
      results: ({ x, w, b }) => ({ y: add(matmul(tokens(groupNorm(x, { groups })), w), b) }),
    })
    expect(labels).toHaveLength(2)
  })

  it("are so of part of the channels, too", async () => {
    const { labels } = await ranAsGpu(guarded, {
      shapes: { x: [2, 12, 6, 7], w: [5, 19] },
      results: ({ x, w }) => ({ y: matmul(tokens(slice(x, { starts: [0, 3, 0, 0], ends: [2, 8, 6, 7] })), w) }),
    })
    expect(labels).toEqual(["contract+reshape"])
  })

  it("are laid out anew where images are too small to fill tiles", async () => {
    const { labels } = await ranAsGpu(guarded, {
      shapes: { x: [8, 20, 2, 3], w: [20, 19] },
      results: ({ x, w }) => ({ y: matmul(tokens(x), w) }),
    })
    expect(labels).toHaveLength(2)
  })
})
