import { describe, expect, it } from "vitest"
import { add, matmul, openDevice, transpose, type KernelFacts } from "../../src/index.ts"
import { computed, picking, type MatrixCase } from "./matrixCases.ts"

/** What any adapter of a browser has. */
const facts: Partial<KernelFacts> = {
  isSoftware: false,
  subgroupSize: 0,
  textureExtent: 0,
  workgroupMemory: 16_384,
  invocations: 256,
  f16: false,
}

const turned: MatrixCase["program"] = ({ a, b, c }) => add(matmul(a!, transpose(b!)), c!)

const cases: readonly (readonly [string, MatrixCase])[] = [
  ["a·bᵀ, its last step no whole one", { program: turned, shapes: { a: [37, 52], b: [44, 52], c: [44] } }],
  ["a·bᵀ in a batch, of whole steps", { program: turned, shapes: { a: [2, 33, 32], b: [2, 36, 32], c: [2, 33, 36] } }],
  [
    "aᵀ·b, of rows as vectors",
    { program: ({ a, b, c }) => add(matmul(transpose(a!), b!), c!), shapes: { a: [33, 36], b: [33, 44], c: [44] } },
  ],
]

const onTiles = async (one: MatrixCase, more: Partial<KernelFacts> = {}) => {
  const picker = picking("workgroup")
  picker.isWanted = ({ rows }) => rows === 32
  await using device = await openDevice({ planFor: { ...facts, ...more }, choose: picker.choose })
  const { error, steps } = await computed(device, one, "highest")
  expect(steps.map(({ choice }) => choice.way)).toEqual(["workgroup"])
  return { error, text: steps[0]!.wgsl }
}

describe("tiles that fetch and store whole vectors", () => {
  it.each(cases)("compute %s", async (_name, one) => {
    const { error, text } = await onTiles(one)
    expect(text).toContain("load4_in")
    expect(text).not.toMatch(/\bload_in\d\(/)
    expect(text).toContain("store4_out(at >> 2u")
    expect(error).toBeLessThan(2e-6)
  })

  it("give the same where steps of depth are written out", async () => {
    const { error, text } = await onTiles(cases[0]![1], { rollsLoops: false })
    expect(text).toContain("left_tile[own_left + 15u]")
    expect(error).toBeLessThan(2e-6)
  })

  it("check depths only where a step reaches beyond the sum", async () => {
    const checks = async (one: MatrixCase) =>
      (await onTiles(one)).text.match(/if \((?:left|right)_k\d+ < /g)?.length ?? 0
    expect(await checks(cases[0]![1])).toBeGreaterThan(0)
    expect(await checks(cases[1]![1])).toBe(0)
  })
})
