import { describe, expect, it } from "vitest"
import {
  applyOp,
  conv2d,
  input,
  matmul,
  permute,
  planningFor,
  planOf,
  slice,
  transpose,
  type Choice,
  type Decision,
  type KernelFacts,
  type PlanFor,
  type Precision,
  type Tensor,
} from "../../src/index.ts"
import { tuningProblems } from "../../src/tune/index.ts"
import { conv2dOp } from "../../src/ops/conv2d.ts"
import type { Shape, Spec } from "../../src/shape/shape.ts"
import { factsWith } from "./matrixCases.ts"

const gpu: KernelFacts = {
  storageBuffers: 16,
  bindingBytes: 2 ** 31,
  workgroupsPerAxis: 65_535,
  subgroupSize: 32,
  textureExtent: 0,
  workgroupMemory: 32_768,
}

const software: KernelFacts = { ...gpu, subgroupSize: 8, textureExtent: 16_384, isSoftware: true }

const of = (name: string, shape: Shape, dtype: "f32" | "f16" = "f32"): Tensor => input({ shape, dtype }, name)

const [x, w] = [of("x", [256, 256]), of("w", [256, 256])]
const image = of("image", [1, 32, 32, 32])
const few = of("few", [1, 32, 6, 6])
const taps = of("taps", [32, 32, 3, 3])

const window = (stride: number, padding: number, groups = 1) => ({
  stride: [stride, stride],
  padding: [padding, padding, padding, padding],
  groups,
})

const different: readonly (readonly [string, Tensor])[] = [
  ["a·b", matmul(x, w)],
  ["a·bᵀ", matmul(x, transpose(w))],
  ["aᵀ·b", matmul(transpose(x), w)],
  ["aᵀ·bᵀ", matmul(transpose(x), transpose(w))],
  ["a·b with b in f16", matmul(x, of("half", [256, 256], "f16"))],
  ["a·bᵀ with b in f16", matmul(x, transpose(of("half", [256, 256], "f16")))],
  ["a·b with b a part of longer rows", matmul(x, slice(of("wide", [256, 512]), { ends: [256, 256] }))],
  ["a batch", matmul(of("xs", [2, 256, 256]), of("ws", [2, 256, 256]))],
  ["a batch that shares b", matmul(of("xs", [2, 256, 256]), w)],
  ["a convolution", conv2d(image, taps, { padding: 1 })],
  ["without a border", applyOp(conv2dOp, [image, taps], window(1, 0) as never)],
  ["of stride 2", applyOp(conv2dOp, [image, taps], window(2, 1) as never)],
  ["of six pixels by steps of 2", applyOp(conv2dOp, [few, taps], window(2, 0) as never)],
  ["of six pixels by steps of 3", applyOp(conv2dOp, [few, taps], window(3, 0) as never)],
  ["with a border above", applyOp(conv2dOp, [image, taps], { ...window(1, 0), padding: [1, 0, 0, 0] } as never)],
  ["with a border below", applyOp(conv2dOp, [image, taps], { ...window(1, 0), padding: [0, 1, 0, 0] } as never)],
  ["in groups", applyOp(conv2dOp, [image, of("few", [32, 16, 3, 3])], window(1, 1, 2) as never)],
  ["with weights in f16", conv2d(image, of("half", [32, 32, 3, 3], "f16"), { padding: 1 })],
  [
    "of an image whose channels lie last",
    conv2d(permute(of("last", [1, 32, 32, 32]), [0, 3, 1, 2]), taps, { padding: 1 }),
  ],
]

const keysFor = (facts: KernelFacts, precision: Precision = "highest") =>
  different.map(([, result]) => {
    const planning = planningFor(facts, { policy: { precision, halfArithmetic: false } })
    const [problem] = tuningProblems({ name: "one", describe: () => result, specs: {} }, planning)
    return problem?.key
  })

it.each([
  ["a GPU", gpu],
  ["a software adapter", software],
] as const)("no two problems of different layout, type or window share a decision on %s", (_name, facts) => {
  const keys = keysFor(facts).filter((key) => key !== undefined)
  expect(keys.length).toBeGreaterThan(10)
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
})

it("another precision is another decision", () => {
  const all = [...keysFor(gpu), ...keysFor(gpu, "high"), ...keysFor(gpu, "medium")]
  expect(new Set(all).size).toBe(3 * new Set(keysFor(gpu)).size)
})

const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })

type Args = { readonly a: Tensor; readonly b: Tensor }
type ArgSpecs = { readonly [Name in keyof Args]: Spec }

/** Whether a step is more than the sum of what another one left in parts. */
const addsNoParts = ({ label }: { readonly label: string }): boolean => label !== "sumOfParts"

const everyChoice = ({ candidates, others }: Decision): readonly Choice[] => [...candidates, ...others]

const firstDecision = (program: (args: Args) => Tensor, specs: ArgSpecs, adapter: PlanFor): Decision => {
  const offered: Decision[] = []
  planOf(program, specs, adapter, { choose: (decision) => (offered.push(decision), decision.candidates[0]) })
  return offered[0]!
}

describe.each([
  ["a contraction", ({ a, b }: Args) => matmul(a, b), { a: f32([256, 256]), b: f32([256, 256]) }],
  [
    "a convolution",
    ({ a, b }: Args) => conv2d(a, b, { padding: 1 }),
    { a: f32([1, 32, 32, 32]), b: f32([32, 32, 3, 3]) },
  ],
] as const)("%s", (_name, program, specs) => {
  it("is computed exactly as was chosen, and the plan says so", () => {
    for (const facts of [gpu, software]) {
      const choices = everyChoice(firstDecision(program, specs, facts))
      expect(new Set(choices.map(({ way }) => way)).size).toBeGreaterThan(1)
      for (const choice of choices)
        for (const step of planOf(program, specs, facts, { choose: () => choice }).steps.filter(addsNoParts))
          expect(step.choice).toMatchObject(choice)
    }
  })

  it("is computed by other kernels for every choice: none falls to another way in silence", () => {
    for (const facts of [gpu, software]) {
      const kernels = everyChoice(firstDecision(program, specs, facts)).map((choice) => {
        const { steps } = planOf(program, specs, facts, { choose: () => choice })
        return [JSON.stringify(choice), JSON.stringify(steps.map(({ wgsl, grid, params }) => [wgsl, grid, params]))]
      })
      const first = new Map(kernels.toReversed().map(([choice, kernel]) => [kernel, choice]))
      expect(kernels.map(([choice, kernel]) => [choice, first.get(kernel)])).toEqual(
        kernels.map(([choice]) => [choice, choice]),
      )
    }
  })
})

it.each(["high", "medium"] as const)(
  "under %s precision, results are held against the choice that the highest would take",
  (precision) => {
    const decisionAt = (precision: Precision): Decision => {
      const planning = planningFor(
        { ...gpu, ...factsWith("nvidia") },
        { policy: { precision, halfArithmetic: precision === "medium" } },
      )
      return firstDecision(({ a, b }) => matmul(a, b), { a: f32([1024, 1024]), b: f32([1024, 1024]) }, planning)
    }
    const { candidates, reference } = decisionAt(precision)
    expect(candidates[0].way).toMatch(/^matrix/)
    expect(reference).toEqual(decisionAt("highest").candidates[0])
  },
)
