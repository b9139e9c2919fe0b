import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  conv2d,
  groupNorm,
  interpret,
  softmax,
  sum,
  type CompileOptions,
  type HostArray,
  type Shape,
  type Tensor,
} from "../../src/index.ts"
import { conv2dInput } from "../../src/ops/conv2dInput.ts"
import { input } from "../../src/ops/input.ts"
import { ops } from "../../src/ops/registry.ts"
import { separateSteps } from "../plan/separateSteps.ts"
import { factsForTokens } from "../way/matrixAttentionCases.ts"
import { factsWith, noise, picking, specsOf, type MatrixCase } from "../way/matrixCases.ts"
import { winogradCases } from "../way/tiledWinograd.ts"
import { formsOf, wholeCasesOf } from "./choiceForms.ts"
import { expectEachWithin, expectWithin, openGuarded, type GuardedDevice } from "./guardedDevice.ts"
import { leaveKernelsAsWritten } from "./asWritten.ts"

leaveKernelsAsWritten()

const onDevice = ops.filter(({ except }) => except?.gpu === undefined)

const named = (list: typeof onDevice) => list.map((op) => [op.name, op] as const)

/** Adapters of several kinds, planned for on this one. */
const kinds = [
  ["as planned for this adapter", {}],
  ["with tiles in workgroup memory", { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768 }],
  ["with buffers alone", { textureExtent: 0, subgroupSize: 0 }],
] as const

describe.each(kinds)("kernels %s stay within their buffers:", (_kind, planFor) => {
  let guarded: GuardedDevice
  beforeAll(async () => {
    guarded = await openGuarded({ planFor })
  })
  afterAll(() => guarded.close())

  it.each(named(onDevice))("%s", (_name, op) => expectWithin(guarded, op), 600_000)
})

/** Ops whose kernels a tuner chooses among. */
const chosen = onDevice.filter(({ name }) => /^(contract|conv2d|attention)/.test(name))

// Winograd's tiles have cases of their own below.
describe.each(kinds.slice(0, 2))("every choice a tuner may make %s stays within its buffers:", (_kind, planFor) => {
  let guarded: GuardedDevice
  beforeAll(async () => {
    guarded = await openGuarded({ planFor })
  })
  afterAll(() => guarded.close())

  it.each(named(chosen))(
    "%s",
    async (_name, op) => {
      const forms = formsOf(op, guarded.device.planning).filter(({ name }) => !name.startsWith("tiledWinograd"))
      for (const { cases, choose } of forms) await expectEachWithin(guarded, op, cases, { near: 2e-3, choose })
    },
    600_000,
  )
})

// Their samples are as small as an op's can be: tokens, rows and columns all hang over their tiles.
describe("kernels of matrix units, written out, stay within their buffers:", () => {
  const picker = picking("matrixHalf")
  picker.isWanted = ({ rows, across = 1 }) => rows === 32 && across === 1
  let guarded: GuardedDevice
  beforeAll(async () => {
    // Less than this adapter's workgroups hold: matrices that are kept lie there too where operations are written out.
    guarded = await openGuarded({ planFor: { ...factsForTokens("nvidia"), workgroupMemory: 24_576 } })
  })
  afterAll(() => guarded.close())

  // Samples of attention's gradients draw the log-sum of scores apart from the scores: weights are any size then, and what is left of
  // their differences says nothing of f16 operands. Here such numbers need only be finite; matrixAttention.long.test.ts holds them.
  const near = ({ name }: { readonly name: string }): number =>
    name === "attentionKeys" || name === "attentionQueries" ? Infinity : 2e-3

  it.each(named(chosen))(
    "%s",
    (_name, op) =>
      expectEachWithin(guarded, op, wholeCasesOf(op), {
        near: near(op),
        precision: "medium",
        choose: picker.choose,
      }),
    600_000,
  )
})

/** A way's result is right, and nothing is written or read beyond a buffer. */
const expectRightWithin = async (
  guarded: GuardedDevice,
  one: MatrixCase,
  way: string,
  options: CompileOptions,
  allowed: number,
): Promise<void> => {
  const { program, shapes } = one
  const given = Object.fromEntries(Object.entries(shapes).map(([name, shape], i) => [name, noise(shape, i + 1)]))
  const specs = specsOf(one)
  using compiled = await guarded.device.compile(program, specs, options)
  expect(separateSteps(compiled.plan.steps).map(({ choice }) => choice.way)).toContain(way)
  const got = (await guarded.device.read(compiled(given))) as HostArray
  const inputs = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, input(spec, name)]))
  const want = interpret(program(inputs), new Map(Object.entries(given)), { precision: "f64" })
  const largest = Math.max(...Array.from(want.data, (value) => Math.abs(Number(value))))
  for (const [i, value] of want.data.entries())
    expect(Math.abs(Number(got.data[i]!) - Number(value)) / largest).toBeLessThan(allowed)
  expect(await guarded.harm()).toEqual([])
}

describe("convolutions of packed operands, written out, stay within their buffers:", () => {
  const picker = picking("packedHalf")
  picker.isWanted = ({ rows, across, parts }) => rows === 32 && across === 16 && parts === 1
  let guarded: GuardedDevice
  beforeAll(async () => {
    guarded = await openGuarded({ planFor: factsWith("nvidia", { writesMatricesOut: true }) })
  })
  afterAll(() => guarded.close())

  const window = { stride: [1, 1], padding: [0, 2, 2, 1], groups: 1 } as const
  const cases: readonly (readonly [name: string, one: MatrixCase])[] = [
    [
      "rests in channels, features, rows and columns",
      { program: ({ x, w }) => conv2d(x!, w!, { padding: 1 }), shapes: { x: [2, 20, 7, 18], w: [33, 20, 3, 3] } },
    ],
    [
      "steps of two",
      { program: ({ x, w }) => conv2d(x!, w!, { stride: 2 }), shapes: { x: [1, 17, 11, 37], w: [34, 17, 3, 3] } },
    ],
    [
      "the gradient in the image",
      {
        program: ({ g, w }) => conv2dInput(g!, w!, [2, 34, 5, 17], window),
        shapes: { g: [2, 17, 5, 18], w: [17, 34, 3, 3] },
      },
    ],
  ]

  it.each(cases)("%s", async (_name, one) => {
    if (guarded.device.planning.facts.f16 !== true) return
    await expectRightWithin(guarded, one, "packedHalf", { precision: "medium", choose: picker.choose }, 1e-3)
  })
})

describe("convolutions by Winograd's tiles stay within their buffers:", () => {
  const picker = picking("tiledWinograd")
  let guarded: GuardedDevice
  beforeAll(async () => {
    guarded = await openGuarded({ planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 16_384 } })
  })
  afterAll(() => guarded.close())

  it.each(
    Object.entries(winogradCases).flatMap(([name, one]) => ([4, 2] as const).map((tile) => [name, tile, one] as const)),
  )("%s, tiles of %i", async (_name, tile, one) => {
    picker.isWanted = (choice) => choice["tile"] === tile && choice["rows"] === 32
    await expectRightWithin(guarded, one, "tiledWinograd", { choose: picker.choose }, 4e-6)
  })
})

describe("kernels of rows and sums that workgroups share stay within their buffers:", () => {
  let guarded: GuardedDevice
  beforeAll(async () => {
    guarded = await openGuarded({ planFor: { isSoftware: false, textureExtent: 0, workgroupMemory: 32_768 } })
  })
  afterAll(() => guarded.close())

  const programs: readonly (readonly [name: string, way: string, shape: Shape, program: (x: Tensor) => Tensor])[] = [
    ["a group norm of long rows", "workgroup", [4, 8, 19, 19], (x) => groupNorm(x, { groups: 2 })],
    ["a group norm of rows in shares", "parts", [1, 4, 67, 63], (x) => groupNorm(x, { groups: 2 })],
    ["a softmax of rows in shares", "parts", [3, 8209], (x) => softmax(x)],
    ["sums of columns", "workgroup", [67, 268], (x) => sum(x, { axis: 0 })],
    ["sums of an odd number of columns", "workgroup", [67, 269], (x) => sum(x, { axis: 0 })],
    ["the sum of all", "workgroup", [3, 131, 257], (x) => sum(x)],
  ]

  it.each(programs)("%s", async (_name, wanted, shape, program) => {
    const spec = { shape, dtype: "f32" as const }
    const x = noise(shape, 1)
    using compiled = await guarded.device.compile(
      ({ x }: { readonly x: Tensor }) => program(x),
      { x: spec },
      {
        choose: ({ candidates, others }) =>
          [...candidates, ...others].find(({ way }) => way === wanted) ?? candidates[0],
      },
    )
    expect(compiled.plan.steps.map(({ choice }) => choice.way)).toContain(wanted)
    const got = (await guarded.device.read(compiled({ x }))) as HostArray
    const want = interpret(program(input(spec, "x")), new Map([["x", x]]), { precision: "f64" })
    const largest = Math.max(...Array.from(want.data, (value) => Math.abs(Number(value))))
    for (const [i, value] of want.data.entries())
      expect(Math.abs(Number(got.data[i]!) - Number(value)) / largest).toBeLessThan(4e-6)
    expect(await guarded.harm()).toEqual([])
  })
})
