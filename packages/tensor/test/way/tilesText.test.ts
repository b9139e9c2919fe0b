import { afterAll, beforeAll, expect, it } from "vitest"
import { add, conv2d, matmul, planOf, transpose, type Decision, type KernelFacts } from "../../src/index.ts"
import { planningFor } from "../../src/plan/planning.ts"
import { specsOf, type MatrixCase } from "./matrixCases.ts"
import { openNullDevice, type NullDevice } from "./nullDevice.ts"

let nobody: NullDevice
beforeAll(async () => {
  nobody = await openNullDevice()
})
afterAll(() => nobody.close())

const subjects: readonly (readonly [string, MatrixCase])[] = [
  [
    "a·bᵀ with a tail, in whole steps and vectors",
    {
      program: ({ a, b, c }) => add(matmul(a!, transpose(b!)), c!),
      shapes: { a: [257, 1024], b: [320, 1024], c: [320] },
    },
  ],
  [
    "aᵀ·b, a rest in depth",
    { program: ({ a, b }) => matmul(transpose(a!), b!), shapes: { a: [257, 320], b: [257, 64] } },
  ],
  ["a·b, element by element", { program: ({ a, b }) => matmul(a!, b!), shapes: { a: [70, 1033], b: [1033, 65] } }],
  [
    "a convolution",
    {
      program: ({ x, w }) => conv2d(x!, w!, { stride: 2, padding: 1 }),
      shapes: { x: [1, 40, 16, 16], w: [64, 40, 3, 3] },
    },
  ],
]

/** Texts of all choices of the ways of multiply-add tiles. */
const textsOf = (facts: KernelFacts, { program, shapes }: MatrixCase): ReadonlySet<string> => {
  const texts = new Set<string>()
  let count = 1
  for (let at = 0; at < count; at++) {
    const choose = ({ candidates, others }: Decision) => {
      const mine = [...candidates, ...others].filter(({ way }) => way === "workgroup" || way === "split")
      count = Math.max(count, mine.length)
      return mine[at] ?? candidates[0]
    }
    const { steps } = planOf(program as never, specsOf({ program, shapes }), { ...planningFor(facts), choose })
    for (const { wgsl } of steps) if (wgsl.includes("left_tile")) texts.add(wgsl)
  }
  return texts
}

it.each(subjects)("every tile of multiply-adds, its steps written out, is valid WGSL: %s", async (_name, subject) => {
  const texts = textsOf(await nobody.factsOf("nvidia"), subject)
  expect(texts.size).toBeGreaterThan(4)
  for (const text of texts) expect(await nobody.refusal(text)).toBeUndefined()
})

const barriers = (text: string): number => text.split("workgroupBarrier();").length - 1

it("a step of depth has one barrier, and vectors alone are fetched", async () => {
  const [, subject] = subjects[0]!
  for (const text of textsOf(await nobody.factsOf("nvidia"), subject)) {
    expect(barriers(text)).toBe(1)
    expect(text).not.toMatch(/\bload_in\d\(\w+ \+/)
  }
})
