import { describe, expect, it } from "vitest"
import { add, gelu, matmul, openDevice, transpose, type Tensor } from "../../src/index.ts"
import { computed, factsWith, picking } from "./matrixCases.ts"

const edges = [31, 32, 33, 64, 65, 96]

const layouts: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  "a·b": matmul,
  "a·bᵀ": (a, b) => matmul(a, transpose(b)),
  "aᵀ·b": (a, b) => matmul(transpose(a), b),
}

const turned = (shape: readonly [number, number], isTurned: boolean): readonly number[] =>
  isTurned ? shape.toReversed() : shape

// Sizes are parameters, so that all shapes of a layout share a pipeline.
describe.each(["matrixHalf", "matrixSplit"])("tiles of %s, their products written out,", (way) => {
  it.each(Object.keys(layouts))(
    "multiply any shape of one to three tiles as the interpreter does: %s",
    async (name) => {
      const picker = picking(way)
      picker.isWanted = ({ rows, parts }) => rows === 32 && parts === 1
      await using device = await openDevice({
        planFor: factsWith("nvidia", { writesMatricesOut: true }),
        choose: picker.choose,
      })
      if (device.planning.facts.f16 !== true) return
      for (const [i, m] of edges.entries())
        for (const [j, n] of edges.entries()) {
          const k = edges[(i + 2 * j) % edges.length]! - 14
          const shapes = { a: turned([m, k], name.startsWith("aᵀ")), b: turned([k, n], name.endsWith("bᵀ")) }
          const one = { shapes, program: ({ a, b }: Readonly<Record<string, Tensor>>) => layouts[name]!(a!, b!) }
          const { error } = await computed(device, one, way === "matrixSplit" ? "high" : "medium")
          expect(error, `${m}×${n}×${k}`).toBeLessThan(way === "matrixSplit" ? 1e-6 : 1e-3)
        }
    },
  )
})

it("tiles of matrixHalf that hold one step of depth, not two, compute the same", async () => {
  const picker = picking("matrixHalf")
  picker.isWanted = ({ rows, parts, held }) => rows === 32 && parts === 1 && held === undefined
  await using device = await openDevice({
    planFor: factsWith("nvidia", { writesMatricesOut: true }),
    choose: picker.choose,
  })
  if (device.planning.facts.f16 !== true) return
  const one = {
    program: ({ a, b, c }: Readonly<Record<string, Tensor>>) => add(matmul(a!, b!), c!),
    shapes: { a: [35, 39], b: [39, 67], c: [67] },
  }
  const { error, steps } = await computed(device, one, "medium")
  const taken = steps.filter(({ choice }) => choice.way === "matrixHalf")
  expect(taken.map(({ choice }) => choice["held"])).toEqual([undefined])
  expect(error).toBeLessThan(1e-3)
})

it("a product by the other's transpose in a batch is computed with its tail", async () => {
  const picker = picking("matrixHalf")
  picker.isWanted = ({ rows, parts }) => rows === 32 && parts === 1
  await using device = await openDevice({
    planFor: factsWith("nvidia", { writesMatricesOut: true }),
    choose: picker.choose,
  })
  if (device.planning.facts.f16 !== true) return
  const one = {
    program: ({ a, b, c }: Readonly<Record<string, Tensor>>) => gelu(add(matmul(a!, transpose(b!)), c!)),
    shapes: { a: [2, 33, 48], b: [2, 30, 48], c: [30] },
  }
  const { error, steps } = await computed(device, one, "medium")
  expect(steps.map(({ choice }) => choice.way)).toContain("matrixHalf")
  expect(error).toBeLessThan(1e-3)
})

it.each([
  ["nvidia", "matrixHalf"],
  ["nvidia", "matrixSplit"],
  ["apple", "matrixHalf"],
  ["intel", "matrixHalf"],
] as const)("the tiles that %s's are given by default multiply right: %s", async (maker, way) => {
  await using device = await openDevice({
    planFor: factsWith(maker, { writesMatricesOut: true }),
    choose: picking(way).choose,
  })
  if (device.planning.facts.f16 !== true) return
  const one = {
    program: ({ a, b, c }: Readonly<Record<string, Tensor>>) => add(matmul(a!, b!), c!),
    shapes: { a: [35, 39], b: [39, 67], c: [67] },
  }
  const { error, steps } = await computed(device, one, way === "matrixSplit" ? "high" : "medium")
  expect(steps.map(({ choice }) => choice.way)).toContain(way)
  expect(error).toBeLessThan(way === "matrixSplit" ? 1e-6 : 1e-3)
})

it.each(["apple", "intel"] as const)("small tiles of %s's matrices multiply right", async (maker) => {
  const picker = picking("matrixHalf")
  picker.isWanted = ({ rows, parts }) => rows === 32 && parts === 1
  await using device = await openDevice({
    planFor: factsWith(maker, { writesMatricesOut: true }),
    choose: picker.choose,
  })
  if (device.planning.facts.f16 !== true) return
  const one = {
    program: ({ a, b, c }: Readonly<Record<string, Tensor>>) => add(matmul(a!, b!), c!),
    shapes: { a: [35, 39], b: [39, 67], c: [67] },
  }
  expect((await computed(device, one, "medium")).error).toBeLessThan(1e-3)
})

it("split tiles share long sums among workgroups, and repeat bit for bit", async () => {
  const picker = picking("matrixSplit")
  picker.isWanted = ({ parts, rows }) => Number(parts) > 1 && rows === 32
  await using device = await openDevice({
    planFor: factsWith("nvidia", { writesMatricesOut: true }),
    choose: picker.choose,
  })
  if (device.planning.facts.f16 !== true) return
  const one = {
    program: ({ a, b, c }: Readonly<Record<string, Tensor>>) => add(matmul(a!, b!), c!),
    shapes: { a: [17, 1100], b: [1100, 33], c: [33] },
  }
  const first = await computed(device, one, "high")
  expect(first.steps.length).toBeGreaterThan(2)
  expect(first.error).toBeLessThan(1e-6)
  expect((await computed(device, one, "high")).got).toEqual(first.got)
})

it("split tiles take sums longer than 1,024 to f32 on the way: of three stretches, and of one and a bit", async () => {
  const picker = picking("matrixSplit")
  picker.isWanted = ({ parts, rows, drained }) => parts === 1 && rows === 32 && drained === 1024
  await using device = await openDevice({
    planFor: factsWith("nvidia", { writesMatricesOut: true }),
    choose: picker.choose,
  })
  if (device.planning.facts.f16 !== true) return
  for (const depth of [1040, 2100]) {
    const one = {
      program: ({ a, b, c }: Readonly<Record<string, Tensor>>) => add(matmul(a!, b!), c!),
      shapes: { a: [35, depth], b: [depth, 67], c: [67] },
    }
    const first = await computed(device, one, "high")
    expect(first.steps.map(({ choice }) => choice["drained"])).toContain(1024)
    expect(first.error).toBeLessThan(1e-6)
    expect((await computed(device, one, "high")).got).toEqual(first.got)
  }
})

it("split tiles that hold two steps of depth, not one, multiply right", async () => {
  const picker = picking("matrixSplit")
  picker.isWanted = ({ parts, rows, held }) => parts === 1 && rows === 32 && held === 2
  await using device = await openDevice({
    planFor: factsWith("nvidia", { writesMatricesOut: true }),
    choose: picker.choose,
  })
  if (device.planning.facts.f16 !== true) return
  const one = {
    program: ({ a, b, c }: Readonly<Record<string, Tensor>>) => add(matmul(a!, b!), c!),
    shapes: { a: [35, 71], b: [71, 67], c: [67] },
  }
  const { error, steps } = await computed(device, one, "high")
  expect(steps.map(({ choice }) => choice["held"])).toContain(2)
  expect(error).toBeLessThan(1e-6)
})
