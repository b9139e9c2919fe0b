import { describe, expect, it } from "vitest"
import { conv2d, openDevice, type Precision } from "../../src/index.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { conv2dWeight } from "../../src/ops/conv2dWeight.ts"
import { computed, convolutionCases, factsWith, picking, type MatrixCase } from "./matrixCases.ts"

const allowed: Readonly<Record<string, number>> = { matrixHalf: 1e-3, matrixSplit: 1e-6 }
const precisionOf: Readonly<Record<string, Precision>> = { matrixHalf: "medium", matrixSplit: "high" }

const strides = [1, 2, 3]
const borders = [0, 1, 2]
/** Features, and edges of images, on both sides of a tile's extents. */
const features = [31, 32, 33, 65]
const edges = [7, 8, 9, 11]

const window = (stride: number, border: number) =>
  ({ stride: [stride, 1], padding: [border, 0, border, border], groups: 1 }) as const

const result = (edge: number, stride: number, before: number, after: number): number =>
  Math.floor((edge + before + after - 3) / stride) + 1

const program: Readonly<Record<string, (stride: number, border: number, feature: number, edge: number) => MatrixCase>> =
  {
    "the convolution": (stride, border, feature, edge) => ({
      shapes: { x: [2, 5, edge, 12], w: [feature, 5, 3, 3] },
      program: ({ x, w }) => conv2d(x!, w!, { stride: [stride, 1], padding: [border, border] }),
    }),
    "the gradient in the image": (stride, border, feature, edge) => ({
      shapes: {
        g: [2, 5, result(edge, stride, border, 0), result(12, 1, border, border)],
        w: [5, feature, 3, 3],
      },
      program: ({ g, w }) => conv2dInput(g!, w!, [2, feature, edge, 12], window(stride, border)),
    }),
    "the gradient in the weight": (stride, border, feature, edge) => ({
      shapes: {
        x: [2, 4, edge, 12],
        g: [2, feature, result(edge, stride, border, 0), result(12, 1, border, border)],
      },
      program: ({ x, g }) => conv2dWeight(x!, g!, [3, 3], window(stride, border)),
    }),
  }

const opened = async (way: string) => {
  const picker = picking(way)
  picker.isWanted = ({ rows, parts }) => rows === 32 && parts === 1
  return openDevice({ planFor: factsWith("nvidia", { writesMatricesOut: true }), choose: picker.choose })
}

// Sizes, steps and borders are parameters, so that all shapes of a kind share a pipeline.
describe.each(["matrixHalf", "matrixSplit"])("convolutions by %s, products written out,", (way) => {
  it.each(Object.keys(program))("are the interpreter's for any sizes, steps and borders: %s", async (kind) => {
    await using device = await opened(way)
    if (device.planning.facts.f16 !== true) return
    for (const stride of strides)
      for (const border of borders)
        for (const [i, feature] of features.entries()) {
          const edge = edges[(i + stride + border) % edges.length]!
          const { error, steps } = await computed(
            device,
            program[kind]!(stride, border, feature, edge),
            precisionOf[way]!,
          )
          expect(steps.map(({ choice }) => choice.way)).toContain(way)
          expect(error, `${feature} features, ${edge} rows, step ${stride}, border ${border}`).toBeLessThan(
            allowed[way]!,
          )
        }
  })

  it("lose nothing of images and weights to f16's range", async () => {
    await using device = await opened(way)
    if (device.planning.facts.f16 !== true) return
    const size = (name: string): number => ({ x: 1e-8, w: 1e5, b: 1e-3 })[name]!
    const { error, steps } = await computed(device, convolutionCases["with a tail"], precisionOf[way]!, size)
    expect(steps.map(({ choice }) => choice.way)).toContain(way)
    expect(error).toBeLessThan(allowed[way]!)
  })

  it.each(Object.entries(convolutionCases))("compute %s", async (_name, one) => {
    await using device = await opened(way)
    if (device.planning.facts.f16 !== true) return
    const { error, steps } = await computed(device, one, precisionOf[way]!)
    expect(steps.map(({ choice }) => choice.way)).toContain(way)
    expect(error).toBeLessThan(allowed[way]!)
  })
})

it("workgroups share long sums of split operands, and repeat bit for bit", async () => {
  const picker = picking("matrixSplit")
  picker.isWanted = ({ rows, parts }) => rows === 32 && Number(parts) > 1
  await using device = await openDevice({
    planFor: factsWith("nvidia", { writesMatricesOut: true }),
    choose: picker.choose,
  })
  if (device.planning.facts.f16 !== true) return
  const one: MatrixCase = {
    ...convolutionCases["with a tail"],
    shapes: { x: [2, 31, 5, 4], w: [17, 31, 3, 3], b: [17, 1, 1] },
  }
  const first = await computed(device, one, precisionOf["matrixSplit"]!)
  expect(first.steps.some(({ label }) => label.endsWith("(parts)"))).toBe(true)
  expect(first.error).toBeLessThan(allowed["matrixSplit"]!)
  expect((await computed(device, one, precisionOf["matrixSplit"]!)).got).toEqual(first.got)
})
