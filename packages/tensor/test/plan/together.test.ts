import { describe, expect, it } from "vitest"
import { knownAdapters } from "../../src/adapter/known.ts"
import { isReadOnly } from "../../src/codegen/binding.ts"
import { memoryBytes, piecesOf, togetherText, type ShaderPieces } from "../../src/codegen/togetherText.ts"
import { planOf } from "../../src/device/programs/compile.ts"
import type { Tensor } from "../../src/graph/tensor.ts"
import { modelFor } from "../../src/adapter/models.ts"
import { add, matmul, sum, transpose } from "../../src/ops/index.ts"
import { byLevels } from "../../src/plan/levels.ts"
import { byDepth, dependenceOf, longestChain } from "../../src/plan/dependence.ts"
import { launchWords } from "../../src/kernels/dispatch/kernel.ts"
import { families } from "../chains/families.ts"
import { programOf } from "../chains/program.ts"

const facts = knownAdapters["nvidia-h200"]

const f32 = (...shape: number[]) => ({ shape, dtype: "f32" as const })

interface Args {
  readonly x: Tensor
  readonly w: readonly Tensor[]
}

/** Products of one input by several matrices, as the projections of an attention are. */
const projections = ({ x, w }: Args): readonly Tensor[] => w.map((each) => matmul(x, each))

const square = f32(64, 64)

describe("steps that need nothing of each other", () => {
  it("share a launch on GPUs, which binds once what several read", () => {
    const plan = planOf(projections, { x: square, w: [square, square, square] }, facts)
    expect(plan.steps.length).toBe(1)
    expect(plan.steps[0]!.together!.length).toBe(3)
    expect(plan.steps[0]!.label).toBe("3 × contract")
    expect(plan.steps[0]!.bindings.length).toBe(7)
  })

  it("bind once what several read or raise, so that nothing that is bound to be written overlaps itself", () => {
    const large = f32(512, 512)
    for (const precision of ["high", "medium"] as const) {
      const plan = planOf(projections, { x: large, w: [large, large, large] }, facts, { precision })
      const launches = plan.steps.filter(({ together }) => together !== undefined)
      expect(launches.length).toBeGreaterThan(0)
      for (const { bindings } of launches) {
        const writable = bindings.filter((binding) => !isReadOnly(binding)).map(({ value }) => value)
        expect(bindings.filter(({ value }) => writable.includes(value)).length).toBe(writable.length)
      }
    }
  })

  it("have launches of their own on processors", () => {
    const plan = planOf(projections, { x: square, w: [square, square, square] }, knownAdapters.llvmpipe)
    expect(plan.steps.length).toBe(3)
  })

  it("share as many launches as an adapter's bindings ask for", () => {
    const w = Array.from({ length: 9 }, () => square)
    const lengths = [5, 8, 16].map(
      (storageBuffers) => planOf(projections, { x: square, w }, { ...facts, storageBuffers }).steps.length,
    )
    // Two buffers for each product, and one for what all read.
    expect(lengths).toEqual([5, 3, 2])
  })

  it("share most where the first steps of all chains come before the second of any: 21 sums of 7 launches' bindings", () => {
    const lengths = Array.from({ length: 21 }, (_, i) => f32(64 + i, 1024))
    const sums = ({ w }: Args): readonly Tensor[] => w.map((each) => sum(each))
    const { steps, values } = planOf(sums, { x: square, w: lengths }, facts)
    expect(steps.flatMap(({ together = [] }) => together).length).toBe(42)
    expect(longestChain(steps, values)).toBe(2)
    expect(steps.length).toBeLessThanOrEqual(8)
  })

  it("come by depth after all that they need", () => {
    const chained = ({ x, w }: Args): readonly Tensor[] =>
      w.map((each) => matmul(sum(matmul(x, each), { axis: 0, keep: true }), x))
    const { steps, values } = planOf(
      chained,
      { x: square, w: [square, f32(64, 32 * 2)] },
      { ...facts, isSoftware: true },
    )
    const written = new Set<number>()
    const early: number[] = []
    for (const { bindings } of byDepth(steps, values)) {
      const reads = bindings.filter(({ access, value }) => access === "read" && values[value]!.storage.kind === "slot")
      early.push(...reads.map(({ value }) => value).filter((value) => !written.has(value)))
      for (const { value, access } of bindings) if (access !== "read") written.add(value)
    }
    expect(early).toEqual([])
    expect(byDepth(steps, values).length).toBe(steps.length)
  })

  it("do not where one reads what the other writes", () => {
    const chain = ({ x, w }: Args): Tensor => w.reduce((y, each) => matmul(y, each), x)
    const plan = planOf(chain, { x: square, w: [square, square, square] }, facts)
    expect(plan.steps.length).toBe(3)
    expect(longestChain(plan.steps, plan.values)).toBe(3)
  })

  it("do not need each other in any plan of random chains, nor more memory, bindings or parameters than there are", () => {
    let shared = 0
    for (const family of Object.keys(families))
      for (let seed = 0; seed < 6; seed++) {
        const program = programOf([0, 1, 2].map((i) => ({ family, seed: 3 * seed + i + 7_000 })))
        const run = ({ x }: { readonly x: readonly Tensor[] }) => program.results(x)
        const { steps, values } = planOf(run, { x: program.specs }, facts)
        for (const step of steps) {
          if (step.together === undefined) continue
          shared++
          expect(dependenceOf(step.together, values).before.every((needed) => needed.size === 0)).toBe(true)
          expect(step.bindings.reduce((count, { windows }) => count + windows, 0)).toBeLessThanOrEqual(16)
          expect(step.params.length).toBeLessThanOrEqual(launchWords)
          expect(piecesOf(step.wgsl)!.params.length).toBe(step.params.length)
          expect(piecesOf(step.wgsl)!.bindings.length).toBe(step.bindings.reduce((n, { windows }) => n + windows, 0))
        }
      }
    expect(shared).toBeGreaterThan(20)
  })

  it("wait for others to share a launch only where memory allows: slots take hardly more than in the order of the program", () => {
    // Each large input is summed once it is made; sums that waited for one another would keep all inputs alive.
    const program = ({ x, w }: Args): readonly Tensor[] => {
      const made = [x]
      for (const each of w) made.push(matmul(made.at(-1)!, each))
      return made.slice(1).map((each) => sum(each, { axis: 0 }))
    }
    const large = f32(2048, 2048)
    const planned = (storageBuffers: number) =>
      planOf(program, { x: large, w: Array.from({ length: 6 }, () => large) }, { ...facts, storageBuffers })
    const [alone, shared] = [planned(3), planned(16)]
    const bytes = ({ slotBytes }: typeof alone): number => slotBytes.reduce((all, each) => all + each, 0)
    expect(alone.steps.every(({ together }) => together === undefined)).toBe(true)
    expect(shared.steps.some(({ together }) => together !== undefined)).toBe(true)
    expect(bytes(shared)).toBeLessThanOrEqual(bytes(alone) * (1 + 1 / 32))
  })
})

describe("levels", () => {
  /** Gradients of layers in a row: a long chain, and beside it sums that only the end needs. */
  const chained = ({ x, w }: Args): readonly Tensor[] => {
    const made = [x]
    for (const each of w) made.push(matmul(made.at(-1)!, each))
    return made.slice(1).flatMap((each) => [sum(each, { axis: 0 }), matmul(transpose(each), each)])
  }
  const large = f32(512, 512)
  const planned = (isSoftware: boolean) =>
    planOf(chained, { x: large, w: Array.from({ length: 8 }, () => large) }, { ...facts, isSoftware })

  it("leave each step after what it needs, and none out", () => {
    const { steps, values } = planned(true)
    const apart = byLevels(steps, values, { facts: { ...facts, storageBuffers: 2 }, model: modelFor(facts) })
    expect(apart.toSorted((a, b) => a.group - b.group)).toEqual(steps.toSorted((a, b) => a.group - b.group))
    const launched = (["early", "late"] as const).map((preference) =>
      byLevels(steps, values, { facts, model: modelFor(facts) }, preference),
    )
    for (const order of [apart, ...launched]) {
      const written = new Set<number>()
      const early: number[] = []
      for (const { bindings } of order) {
        const reads = bindings.filter(
          ({ access, value }) => access === "read" && values[value]!.storage.kind === "slot",
        )
        early.push(...reads.map(({ value }) => value).filter((value) => !written.has(value)))
        for (const { value, access } of bindings) if (access !== "read") written.add(value)
      }
      expect(early).toEqual([])
      expect(order.flatMap(({ together, ...step }) => together ?? [step])).toHaveLength(steps.length)
    }
  })

  it("take a chain's length in launches where its others find room in them", () => {
    const { steps, values } = planned(false)
    // The last level has two products that no launch holds.
    expect(steps.length).toBeLessThanOrEqual(longestChain(steps, values) + 1)
  })
})

describe("the text of shaders in one launch", () => {
  const textOf = (program: (args: Args) => unknown): string =>
    planOf(program as (args: Args) => Tensor, { x: square, w: [square] }, { ...facts, storageBuffers: 3 }).steps[0]!
      .wgsl

  it("keeps one memory for variables of one type, since a workgroup computes one share", () => {
    const pieces = piecesOf(textOf(({ x, w }) => add(matmul(x, w[0]!), 1)))!
    const slots = [0, 1, 2]
    const text = togetherText(
      [
        { pieces, slots },
        { pieces, slots: [0, 3, 4] },
      ],
      [...pieces.bindings, ...pieces.bindings.slice(1)],
      pieces.workgroupSize,
    )
    expect(text.match(/var<workgroup>/g)!.length).toBe(
      textOf(({ x, w }) => add(matmul(x, w[0]!), 1)).match(/var<workgroup>/g)!.length,
    )
    expect(text.match(/fn main_s\d/g)).toEqual(["fn main_s0", "fn main_s1"])
  })

  it("takes the memory of the largest tile for tiles of several sizes, and counts arrays of arrays whole", () => {
    const tiled = (rows: number): ShaderPieces => {
      const tile = f32(rows, 512)
      const { steps } = planOf(({ x, w }: Args): Tensor => matmul(x, w[0]!), { x: tile, w: [f32(512, 512)] }, facts, {
        choose: ({ candidates, others }) =>
          [...candidates, ...others].find((choice) => choice.way === "workgroup" && choice["rows"] === rows)!,
      })
      return piecesOf(steps[0]!.wgsl)!
    }
    const [small, large] = [tiled(32), tiled(128)]
    expect(memoryBytes([small])).toBeGreaterThan(4096)
    expect(memoryBytes([large])).toBeGreaterThan(2 * memoryBytes([small]))
    expect(memoryBytes([small, large])).toBe(memoryBytes([large]))
    const held = "var<workgroup> held: array<array<vec4<f32>, 17>, 32>;"
    const [of16, of32] = [held.replace("17", "16"), held].map((body) => ({ ...small, body })) as [
      ShaderPieces,
      ShaderPieces,
    ]
    expect(memoryBytes([of32])).toBe(16 * 17 * 32)
    // Arrays of other elements are other variables.
    expect(memoryBytes([of16, of32])).toBe(16 * (16 + 17) * 32)
  })

  it("is none for shaders that read textures", () => {
    const plan = planOf(projections, { x: f32(256, 256), w: [f32(256, 256)] }, knownAdapters.llvmpipe)
    expect(plan.steps[0]!.textures.length).toBeGreaterThan(0)
    expect(piecesOf(plan.steps[0]!.wgsl)).toBe(null)
  })
})
