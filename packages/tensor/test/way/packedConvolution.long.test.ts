import { describe, expect, it } from "vitest"
import { add, conv2d, openDevice, type Precision } from "../../src/index.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { computed, factsWith, picking, type MatrixCase } from "./matrixCases.ts"

const allowed: Readonly<Record<string, number>> = { packedHalf: 1e-3, packedSplit: 1e-6 }
const precisionOf: Readonly<Record<string, Precision>> = { packedHalf: "medium", packedSplit: "high" }

/** On both sides of a block's, a fragment's and a rectangle's extents. */
const channels = [15, 16, 17, 33]
const features = [31, 32, 33]
const edges: readonly (readonly [high: number, wide: number])[] = [
  [1, 15],
  [2, 16],
  [3, 17],
  [5, 33],
]
const borders = [0, 1, 2]

const cases = (step: number): readonly (readonly [string, MatrixCase])[] =>
  channels.flatMap((channel, i) =>
    borders.map((border, j) => {
      const [high, wide] = edges[(i + j) % edges.length]!
      const feature = features[(i + 2 * j) % features.length]!
      const size = [step * high + 2, step * wide + 2] as const
      const shapes = { x: [2, channel, ...size], w: [feature, channel, 3, 3], b: [feature, 1, 1] } as const
      const program: MatrixCase["program"] = ({ x, w, b }) =>
        add(conv2d(x!, w!, { stride: step, padding: [border, 1] }), b!)
      return [`${channel} channels, ${feature} features, ${size.join(" × ")}, border ${border}`, { shapes, program }]
    }),
  )

/** Rows of whole vectors, which need no packing: on both sides of a rectangle's width, with borders of any distance from a vector. */
const stored = (step: number): readonly (readonly [string, MatrixCase])[] =>
  channels.flatMap((channel, i) =>
    [0, 1, 2, 3].map((border): readonly [string, MatrixCase] => {
      const [high, wide] = [[9, 12, 7, 8][(i + border) % 4]!, [8, 16, 20, 36][(i + 2 * border) % 4]!]
      const [feature, size] = [features[(i + border) % features.length]!, [2, channel, step * high, step * wide]]
      const shapes = { x: size, w: [feature, channel, 3, 3], b: [feature, 1, 1] } as const
      const program: MatrixCase["program"] = ({ x, w, b }) =>
        add(conv2d(x!, w!, { stride: step, padding: [1, border] }), b!)
      return [`${channel} channels, ${feature} features, ${size.join(" × ")}, border ${border}`, { shapes, program }]
    }),
  )

const storedGradients = channels.flatMap((channel, i) =>
  [0, 1, 2].map((border): readonly [string, MatrixCase] => {
    const [high, wide] = [[9, 12, 7, 8][(i + border) % 4]!, [8, 16, 20, 36][(i + 2 * border) % 4]!]
    const shapes = { g: [2, channel, high, wide], w: [channel, 33, 3, 3] } as const
    const window = { stride: [1, 1], padding: [border, border, border, border], groups: 1 } as const
    const size = [2, 33, high + 2 - 2 * border, wide + 2 - 2 * border] as const
    const program: MatrixCase["program"] = ({ g, w }) => conv2dInput(g!, w!, size, window)
    return [`${channel} channels, ${size.join(" × ")}, border ${border}`, { shapes, program }]
  }),
)

const gradients = channels.flatMap((channel, i) =>
  borders.map((border): readonly [string, MatrixCase] => {
    const [high, wide] = edges[(i + border) % edges.length]!
    const [outHigh, outWide] = [high + 2 * border, wide + 2]
    const shapes = { g: [2, channel, outHigh, outWide], w: [channel, 33, 3, 3] } as const
    const window = { stride: [1, 1], padding: [border, border, 1, 1], groups: 1 } as const
    const program: MatrixCase["program"] = ({ g, w }) => conv2dInput(g!, w!, [2, 33, high + 2, wide + 2], window)
    return [`${channel} channels, border ${border}`, { shapes, program }]
  }),
)

const opened = async (way: string, across: number, maker: "nvidia" | "apple" = "nvidia") => {
  const picker = picking(way)
  picker.isWanted = (choice) => choice["rows"] === 32 && choice["across"] === across && choice["parts"] === 1
  const chosen = { picker, planFor: factsWith(maker, { writesMatricesOut: true }) }
  return openDevice({ planFor: chosen.planFor, choose: picker.choose })
}

/** Whether rows of an image are whole vectors. */
const isVectors = ({ shapes: { x, g } }: MatrixCase): boolean => (x ?? g)!.at(-1)! % 4 === 0

const expectRight = async (way: string, across: number, all: readonly (readonly [string, MatrixCase])[]) => {
  await using device = await opened(way, across)
  if (device.planning.facts.f16 !== true) return
  for (const [name, one] of all) {
    const { error, steps } = await computed(device, one, precisionOf[way]!)
    expect(
      steps.map(({ choice }) => choice.way),
      name,
    ).toContain(way)
    expect(
      steps.some(({ label }) => label === "image (packed)"),
      name,
    ).toBe(!isVectors(one))
    expect(error, name).toBeLessThan(allowed[way]!)
  }
}

// Sizes and borders are parameters, so that all shapes of a step share a pipeline.
describe.each(["packedHalf", "packedSplit"])("convolutions by %s, products written out,", (way) => {
  it.each([1, 2])("are the interpreter's for any sizes and borders, in steps of %d", async (step) => {
    await expectRight(way, 16, cases(step))
  })

  it.each([1, 2])("are the interpreter's of images as they are stored, in steps of %d", async (step) => {
    await expectRight(way, 16, stored(step))
  })

  it("have the interpreter's gradient in the image", async () => {
    await expectRight(way, 16, gradients)
  })

  it("have the interpreter's gradient in an image, of slopes as they are stored", async () => {
    await expectRight(way, 16, storedGradients)
  })

  it("lose nothing to f16's range", async () => {
    await using device = await opened(way, 16)
    if (device.planning.facts.f16 !== true) return
    const sizes: Readonly<Record<string, number>> = { x: 1e-8, w: 1e5, b: 1e-3 }
    const { error } = await computed(device, cases(1)[4]![1], precisionOf[way]!, (name) => sizes[name]!)
    expect(error).toBeLessThan(allowed[way]!)
  })
})

it("matrices of eight by eight take their parts of a fragment", async () => {
  await using device = await opened("packedHalf", 8, "apple")
  if (device.planning.facts.f16 !== true) return
  for (const [name, one] of cases(1).slice(0, 4)) {
    const { error, steps } = await computed(device, one, "medium")
    expect(
      steps.map(({ choice }) => choice.way),
      name,
    ).toContain("packedHalf")
    expect(error, name).toBeLessThan(1e-3)
  }
})
