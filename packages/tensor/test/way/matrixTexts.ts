import { afterAll, beforeAll, expect, it } from "vitest"
import {
  add,
  conv2d,
  matmul,
  planOf,
  transpose,
  type Decision,
  type KernelFacts,
  type Precision,
} from "../../src/index.ts"
import { planningFor } from "../../src/plan/planning.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { conv2dWeight } from "../../src/ops/conv2dWeight.ts"
import { makers, type MatrixCase, specsOf, type SubjectsFor } from "./matrixCases.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"

let nobody: NullDevice

const window = { stride: [2, 2], padding: [1, 1, 1, 1], groups: 1 } as const

const subjects: readonly (readonly [string, MatrixCase])[] = [
  [
    "with a tail",
    { program: ({ a, b, c }) => add(matmul(a!, b!), c!), shapes: { a: [257, 1100], b: [1100, 320], c: [320] } },
  ],
  ["transposed", { program: ({ a, b }) => matmul(transpose(a!), transpose(b!)), shapes: { a: [70, 65], b: [33, 70] } }],
  [
    "convolved, with a tail",
    {
      program: ({ x, w, b }) => add(conv2d(x!, w!, { padding: 1 }), b!),
      shapes: { x: [1, 130, 9, 11], w: [70, 130, 3, 3], b: [70, 1, 1] },
    },
  ],
  [
    "convolved in groups",
    { program: ({ x, w }) => conv2d(x!, w!, { groups: 2 }), shapes: { x: [2, 64, 9, 9], w: [64, 32, 3, 3] } },
  ],
  [
    "the gradient in an image",
    {
      program: ({ g, w }) => conv2dInput(g!, w!, [1, 40, 16, 16], window),
      shapes: { g: [1, 70, 8, 8], w: [70, 40, 3, 3] },
    },
  ],
  [
    "the gradient in a weight",
    {
      program: ({ x, g }) => conv2dWeight(x!, g!, [3, 3], window),
      shapes: { x: [2, 40, 16, 16], g: [2, 70, 8, 8] },
    },
  ],
]

const precisions = ["high", "medium"] as const

/** The text of all kernels of every choice of a way, and how many choices there are. */
const textsOf = (way: string, facts: KernelFacts, precision: Precision, one: MatrixCase) => {
  const { program, frozen = [] } = one
  const planning = planningFor(facts, { policy: { precision, halfArithmetic: false } })
  const texts = new Set<string>()
  let count = 1
  for (let at = 0; at < count; at++) {
    const choose = ({ candidates, others }: Decision) => {
      const mine = [...candidates, ...others].filter((choice) => choice.way === way)
      if (mine.length > 0) count = mine.length
      return mine[at] ?? candidates[0]
    }
    const { steps } = planOf(program as never, specsOf(one), { ...planning, choose }, { frozen })
    for (const { wgsl, choice } of steps) if (choice.way === way) texts.add(wgsl)
  }
  return { count, texts }
}

const expectValid = async (texts: ReadonlySet<string>): Promise<void> => {
  expect([...texts].some((text) => text.includes("subgroupMatrixMultiplyAccumulate"))).toBe(true)
  for (const text of texts) expect(await nobody.refusal(text)).toBeUndefined()
}

const packable: readonly (readonly [string, MatrixCase])[] = [
  subjects[2]!,
  [
    "in steps of two",
    {
      program: ({ x, w }) => conv2d(x!, w!, { stride: 2, padding: 1 }),
      shapes: { x: [1, 40, 33, 35], w: [70, 40, 3, 3] },
    },
  ],
  [
    "in steps of two, from what is stored",
    {
      program: ({ x, w, b }) => add(conv2d(x!, w!, { stride: 2, padding: 1 }), b!),
      shapes: { x: [2, 40, 33, 36], w: [70, 40, 3, 3], b: [70, 1, 1] },
    },
  ],
  [
    "the gradient in an image",
    {
      program: ({ g, w }) => conv2dInput(g!, w!, [1, 40, 16, 16], { ...window, stride: [1, 1] }),
      shapes: { g: [1, 70, 16, 16], w: [70, 40, 3, 3] },
    },
  ],
]

/** A weight that lies row by row, depth by depth, and on the left. */
const weighted: readonly (readonly [string, MatrixCase])[] = [
  [
    "x·wᵀ with a tail",
    {
      program: ({ x, w, c }) => add(matmul(x!, transpose(w!)), c!),
      shapes: { x: [257, 1100], w: [320, 1100], c: [320] },
      frozen: ["w"],
    },
  ],
  [
    "its gradient in x",
    { program: ({ g, w }) => matmul(g!, w!), shapes: { g: [257, 320], w: [320, 1024] }, frozen: ["w"] },
  ],
  ["w·x", { program: ({ w, x }) => matmul(w!, x!), shapes: { w: [70, 65], x: [2, 65, 66] }, frozen: ["w"] }],
]

/** Tests that all texts of products and convolutions on matrix units are valid, of these subjects. */
export const testMatrixTexts = (subjectsFor: SubjectsFor): void => {
  beforeAll(async () => {
    nobody = await openNullDevice()
  })
  afterAll(() => nobody.close())

  it.each(
    makers.flatMap((maker) =>
      precisions.flatMap((precision) =>
        subjectsFor(maker, subjects).map((subject) => [maker, precision, ...subject] as const),
      ),
    ),
  )("every tile of %s's matrix units at %s precision is valid WGSL: %s", async (maker, precision, _name, subject) => {
    const way = precision === "high" ? "matrixSplit" : "matrixHalf"
    const { count, texts } = textsOf(way, await nobody.factsOf(maker), precision, subject)
    expect(count).toBeGreaterThan(2)
    await expectValid(texts)
  })

  it.each(
    makers.flatMap((maker) =>
      precisions.flatMap((precision) =>
        subjectsFor(maker, packable).map((subject) => [maker, precision, ...subject] as const),
      ),
    ),
  )("every packed tile of %s's at %s precision is valid WGSL: %s", async (maker, precision, _name, subject) => {
    const way = precision === "high" ? "packedSplit" : "packedHalf"
    const { count, texts } = textsOf(way, await nobody.factsOf(maker), precision, subject)
    expect(count).toBeGreaterThan(2)
    await expectValid(texts)
  })

  it.each(
    makers.flatMap((maker) =>
      precisions.flatMap((precision) =>
        subjectsFor(maker, weighted).map((subject) => [maker, precision, ...subject] as const),
      ),
    ),
  )(
    "every tile of %s's at %s precision with a packed weight is valid WGSL: %s",
    async (maker, precision, _, subject) => {
      const way = precision === "high" ? "packedSplit" : "packedHalf"
      const { count, texts } = textsOf(way, await nobody.factsOf(maker), precision, subject)
      expect(count).toBeGreaterThan(2)
      await expectValid(texts)
    },
  )
}
