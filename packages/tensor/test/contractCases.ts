import { expect } from "vitest"
import {
  add,
  input,
  interpret,
  matmul,
  mul,
  permute,
  reshape,
  sizeOf,
  slice,
  transpose,
  type Device,
  type HostArray,
  type KernelFacts,
  type Tensor,
} from "../src/index.ts"

export const f32 = (shape: readonly number[]) => ({ shape, dtype: "f32" as const })

export const noise = (shape: readonly number[], seed: number): HostArray => ({
  ...f32(shape),
  data: Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => ((Math.imul(i + seed, 2654435761) >>> 8) / 2 ** 24) * 2 - 1,
  ),
})

export type Program = (args: { readonly a: Tensor; readonly b: Tensor }) => Tensor

// Largest error beside the root mean square of the result, which is what rounding of long sums scales with.
export const errorOf = async (
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

export const plain: Program = ({ a, b }) => matmul(a, b)
export const right: Program = ({ a, b }) => matmul(a, transpose(b))
export const left: Program = ({ a, b }) => matmul(transpose(a), b)
export const both: Program = ({ a, b }) => matmul(transpose(a), transpose(b))
export const tail: Program = ({ a, b }) => add(mul(matmul(a, b), 0.5), reshape(slice(b, { ends: [1] }), [-1]))

// Heads of a joint projection, as attention reads them: strided batch axes on both sides.
export const heads: Program = ({ a }) => {
  const split = (first: number): Tensor =>
    permute(reshape(slice(a, { starts: [0, 0, first], ends: [2, 96, first + 128] }), [2, 96, 2, 64]), [0, 2, 1, 3])
  return matmul(split(0), transpose(split(128)))
}

export const cases: readonly (readonly [string, Program, readonly number[], readonly number[]])[] = [
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

/** What contractions are told of an adapter, so that they take their operands from there. */
export const kinds: readonly (readonly [string, Partial<KernelFacts>])[] = [
  ["textures", {}],
  ["workgroup memory", { isSoftware: false, textureExtent: 0, workgroupMemory: 32768 }],
]
