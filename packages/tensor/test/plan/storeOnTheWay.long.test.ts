import { expect, it } from "vitest"
import { add, gelu, matmul, type Choice, type Decision } from "../../src/index.ts"
import { openGuarded } from "../device/guardedDevice.ts"
import { factsWith } from "../way/matrixCases.ts"
import { ranAsGpu } from "./ranAsGpu.ts"
import { logisticAfterConvolution, multiplyAdds, smallTiles } from "./storedBeside.ts"

const whole = ({ candidates, others }: Decision): Choice =>
  [...candidates, ...others].find(
    ({ way, rows, columns, parts }) => way === "matrixHalf" && rows === 32 && columns === 32 && parts === 1,
  ) ?? candidates[0]

it("what matrix units store beside a product is right, and so are the scales that its readers take from it", async () => {
  const guarded = await openGuarded({ planFor: factsWith("nvidia", { writesMatricesOut: true }), choose: whole })
  const { plan, labels } = await ranAsGpu(guarded, {
    precision: "medium",
    within: 2e-3,
    shapes: { x: [35, 39], w: [39, 68], b: [68], u: [68, 33], v: [68, 34] },
    results: ({ x, w, b, u, v }) => {
      const before = add(matmul(x, w), b)
      return { y: matmul(gelu(before), u), z: matmul(before, v) }
    },
  })
  await guarded.close()
  // Those of the four arguments alone are kernels of their own.
  expect(labels.filter((label) => label === "magnitude")).toHaveLength(4)
  expect(labels.filter((label) => label !== "magnitude")).toEqual([
    "contract+add+mul+…+add+mul",
    "contract",
    "contract",
  ])
  const kept = plan.steps.flatMap(({ bindings, family }) => (family === "contract" ? bindings : []))
  expect(kept.filter(({ access }) => access === "peak")).toHaveLength(2)
})

it("what is computed element by element is stored by convolutions' last kernels, too: rows of four pixels", async () => {
  const guarded = await openGuarded({ planFor: multiplyAdds, choose: smallTiles })
  const labels = await logisticAfterConvolution(guarded, [2, 5, 13, 20])
  await guarded.close()
  expect(labels).toEqual([expect.stringContaining("conv2d")])
})
