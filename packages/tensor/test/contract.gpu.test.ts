import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  add,
  input,
  interpret,
  matmul,
  mul,
  openDevice,
  permute,
  reshape,
  sizeOf,
  slice,
  transpose,
  type Choice,
  type Decision,
  type Device,
  type HostArray,
  type KernelFacts,
  type Tensor,
} from "../src/index.ts"

let device: Device

beforeAll(async () => {
  device = await openDevice()
})

afterAll(() => device.close())

const f32 = (shape: readonly number[]) => ({ shape, dtype: "f32" as const })

const noise = (shape: readonly number[], seed: number): HostArray => ({
  ...f32(shape),
  data: Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => ((Math.imul(i + seed, 2654435761) >>> 8) / 2 ** 24) * 2 - 1,
  ),
})

type Program = (args: { readonly a: Tensor; readonly b: Tensor }) => Tensor

// Largest error beside the root mean square of the result, which is what rounding of long sums scales with.
const errorOf = async (
  program: Program,
  a: readonly number[],
  b: readonly number[],
  from: Device,
  dtype: "f32" | "f16" = "f32",
): Promise<number> => {
  const right = noise(b, 7)
  const given = {
    a: noise(a, 1),
    b: dtype === "f32" ? right : { ...right, dtype, data: Float16Array.from(right.data) },
  }
  using compiled = await from.compile(program, { a: f32(a), b: { shape: b, dtype } })
  const got = await from.read(compiled(given))
  const want = interpret(
    program({ a: input(f32(a), "a"), b: input({ shape: b, dtype }, "b") }),
    new Map(Object.entries(given)),
  )
  expect(got.shape).toEqual(want.shape)
  const scale = Math.sqrt(Array.from(want.data).reduce((sum, x) => sum + x * x, 0) / want.data.length)
  let worst = 0
  for (let i = 0; i < want.data.length; i++) worst = Math.max(worst, Math.abs(got.data[i]! - want.data[i]!))
  return worst / scale
}

const plain: Program = ({ a, b }) => matmul(a, b)
const right: Program = ({ a, b }) => matmul(a, transpose(b))
const left: Program = ({ a, b }) => matmul(transpose(a), b)
const both: Program = ({ a, b }) => matmul(transpose(a), transpose(b))
const tail: Program = ({ a, b }) => add(mul(matmul(a, b), 0.5), reshape(slice(b, { ends: [1] }), [-1]))

// Heads of a joint projection, as attention reads them: strided batch axes on both sides.
const heads: Program = ({ a }) => {
  const split = (first: number): Tensor =>
    permute(reshape(slice(a, { starts: [0, 0, first], ends: [2, 96, first + 128] }), [2, 96, 2, 64]), [0, 2, 1, 3])
  return matmul(split(0), transpose(split(128)))
}

const cases: readonly (readonly [string, Program, readonly number[], readonly number[]])[] = [
  ["a·b", plain, [130, 128], [128, 192]],
  ["a·b with one row too many for whole tiles", plain, [257, 64], [64, 320]],
  ["a·bᵀ", right, [130, 128], [196, 128]],
  ["aᵀ·b with a depth that is no multiple of 8", left, [257, 128], [257, 192]],
  ["aᵀ·bᵀ", both, [192, 128], [100, 192]],
  ["a·b with a tail", tail, [96, 128], [128, 192]],
  ["batches", plain, [3, 65, 128], [3, 128, 64]],
  ["a matrix shared by a batch", plain, [3, 40, 128], [128, 192]],
  ["heads of a joint projection", heads, [2, 96, 384], [1]],
]

describe("a contraction computes the same from textures and from buffers", () => {
  test.each(cases)("%s", async (_name, program, a, b) => {
    expect(await errorOf(program, a, b, device)).toBeLessThan(4e-6)
  })

  test("cases reach the texture kernel where the adapter has one", async () => {
    if (device.planning.facts.textureExtent === 0 || device.planning.facts.subgroupSize !== 8) return
    for (const [, program, a, b] of cases) {
      using compiled = await device.compile(program, { a: f32(a), b: f32(b) })
      expect(compiled.plan.steps.some(({ choice }) => choice["way"] === "textures")).toBe(true)
    }
  })

  test.each([
    ["a·b", plain, [130, 128], [128, 256]],
    ["a·bᵀ", right, [130, 128], [196, 128]],
    ["aᵀ·b with a depth that is no multiple of 8", left, [257, 128], [257, 128]],
    ["a·b of rows that lie two abreast", plain, [130, 128], [128, 320]],
    ["a·bᵀ of rows that lie two abreast", right, [130, 320], [196, 320]],
    ["a·b of rows that lie four abreast", plain, [130, 128], [128, 96]],
    ["aᵀ·b of rows that lie two abreast", left, [258, 128], [258, 192]],
  ] as const)("%s with b in f16", async (_name, program, a, b) => {
    expect(await errorOf(program, a, b, device, "f16")).toBeLessThan(4e-6)
    if (device.planning.facts.textureExtent === 0 || device.planning.facts.subgroupSize !== 8) return
    using compiled = await device.compile(program, { a: f32(a), b: { shape: b, dtype: "f16" } })
    expect(compiled.plan.textures.some(({ packed }) => packed)).toBe(true)
  })

  // Rows of a matrix lie side by side where they are no whole multiples of what copies move, or more than a texture has rows;
  // the last row of the texture then may hold fewer.
  const small = { textureExtent: 150 }
  const abreast: readonly (readonly [
    string,
    Program,
    readonly number[],
    readonly number[],
    "f32" | "f16",
    Partial<KernelFacts>,
  ])[] = [
    ["a·b of odd pitches", plain, [131, 100], [100, 84], "f32", {}],
    ["a·bᵀ of odd pitches", right, [67, 1076], [68, 1076], "f32", {}],
    ["aᵀ·b of odd pitches", left, [331, 100], [331, 36], "f32", {}],
    ["aᵀ·bᵀ of odd pitches", both, [84, 132], [100, 84], "f32", {}],
    ["a batch of odd pitches", plain, [3, 165, 36], [3, 36, 68], "f32", {}],
    ["a·b with more rows than a texture", plain, [301, 64], [64, 64], "f32", small],
    ["a·bᵀ with more columns than a texture has rows", right, [40, 64], [604, 64], "f32", small],
    ["aᵀ·b with a longer sum than a texture has rows", left, [303, 64], [303, 64], "f32", small],
    ["a·b of 16,705 rows", plain, [16_705, 64], [64, 32], "f32", {}],
    ["a·bᵀ of odd pitches with b in f16", right, [40, 168], [204, 168], "f16", {}],
    ["a·b with a longer sum than a texture has rows, b in f16", plain, [40, 320], [320, 128], "f16", small],
  ]

  test.each(abreast)("%s", async (_name, program, a, b, dtype, limits) => {
    await using limited = await openDevice({ planFor: limits })
    expect(await errorOf(program, a, b, limited, dtype)).toBeLessThan(4e-6)
    const { textureExtent, subgroupSize } = limited.planning.facts
    if (textureExtent === 0 || subgroupSize !== 8) return
    const { steps, textures } = limited.planOf(program, { a: f32(a), b: { shape: b, dtype } })
    expect(steps.map(({ choice }) => choice["way"])).toEqual(["textures"])
    for (const { width, height } of textures) expect(Math.max(width, height)).toBeLessThanOrEqual(textureExtent)
  })

  const kinds: readonly (readonly [string, Partial<KernelFacts>])[] = [
    ["textures", {}],
    ["workgroup memory", { isSoftware: false, textureExtent: 0, workgroupMemory: 32768 }],
  ]
  const everyTile = kinds.flatMap((kind) =>
    [...cases, ["few rows", plain, [8, 128], [128, 1024]] as const].map(
      (subject) => [subject[0], ...kind, subject] as const,
    ),
  )

  test.each(everyTile)(
    "%s with every tile in %s",
    async (_name, _kind, limits, [, program, a, b]) => {
      const seen: Decision[] = []
      let told: Choice | undefined
      const choose = (decision: Decision): Choice => (seen.push(decision), told ?? decision.candidates[0])
      await using choosing = await openDevice({ planFor: limits, choose })
      choosing.planOf(program, { a: f32(a), b: f32(b) })
      for (told of seen.flatMap(({ candidates }) => candidates)) {
        expect(await errorOf(program, a, b, choosing), JSON.stringify(told)).toBeLessThan(4e-6)
        const { steps } = choosing.planOf(program, { a: f32(a), b: f32(b) })
        expect(steps.map(({ choice }) => choice)).toContainEqual(expect.objectContaining(told))
      }
    },
    // Each tile compiles a shader.
    60_000,
  )

  test("wide products offer several tiles, of textures or of workgroup memory", async () => {
    for (const [, limits] of kinds) {
      const seen: Decision[] = []
      const choose = (decision: Decision): Choice => (seen.push(decision), decision.candidates[0])
      await using choosing = await openDevice({
        planFor: { isSoftware: true, subgroupSize: 8, textureExtent: 16384, ...limits },
        choose,
      })
      choosing.planOf(plain, { a: f32([257, 64]), b: f32([64, 320]) })
      expect(seen.flatMap(({ candidates }) => candidates).length).toBeGreaterThan(2)
    }
  })

  test("adapters without them compute from buffers", async () => {
    await using other = await openDevice({ planFor: { textureExtent: 0 } })
    for (const [, program, a, b] of cases) expect(await errorOf(program, a, b, other)).toBeLessThan(4e-6)
  })
})
