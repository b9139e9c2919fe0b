import { runShader } from "./runShader.ts"
import type { Finding, SelfTest } from "./selfTest.ts"

/** Invocations of the test's workgroup: two subgroups at least on every adapter known. */
const invocations = 256

/** One operation as a shader writes it and as it is defined, given the values of a subgroup and an invocation's place in it. */
interface Operation {
  readonly name: string
  readonly wgsl: string
  readonly value: (values: readonly number[], lane: number) => number
}

const at = (values: readonly number[], lane: number): number => values[lane % values.length]!

/** All subgroup operations that kernels use, on a value `x` in each invocation. */
const operations: readonly Operation[] = [
  { name: "subgroup_size", wgsl: "f32(size)", value: (values) => values.length },
  { name: "subgroup_invocation_id", wgsl: "f32(lane)", value: (_, lane) => lane },
  { name: "subgroupAdd", wgsl: "subgroupAdd(x)", value: (values) => values.reduce((sum, x) => sum + x, 0) },
  { name: "subgroupMax", wgsl: "subgroupMax(x)", value: (values) => Math.max(...values) },
  { name: "subgroupMin", wgsl: "subgroupMin(x)", value: (values) => Math.min(...values) },
  { name: "subgroupBroadcast", wgsl: "subgroupBroadcast(x, 3u)", value: (values) => at(values, 3) },
  { name: "subgroupBroadcastFirst", wgsl: "subgroupBroadcastFirst(x)", value: (values) => at(values, 0) },
  {
    name: "subgroupShuffle",
    wgsl: "subgroupShuffle(x, (lane + 3u) % size)",
    value: (values, lane) => at(values, lane + 3),
  },
  { name: "subgroupShuffleXor", wgsl: "subgroupShuffleXor(x, 1u)", value: (values, lane) => at(values, lane ^ 1) },
  { name: "quadSwapX", wgsl: "quadSwapX(x)", value: (values, lane) => at(values, lane ^ 1) },
  { name: "quadSwapY", wgsl: "quadSwapY(x)", value: (values, lane) => at(values, lane ^ 2) },
  { name: "quadSwapDiagonal", wgsl: "quadSwapDiagonal(x)", value: (values, lane) => at(values, lane ^ 3) },
]

const shader = `enable subgroups;
@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(${invocations})
fn main(@builtin(local_invocation_index) i: u32, @builtin(subgroup_size) size: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let x = given[i];
  ${operations.map(({ wgsl }, row) => `out[${row * invocations}u + i] = ${wgsl};`).join("\n  ")}
}`

/** Whole numbers, so that sums are exact in any order. */
const given = (): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: invocations }, (_, i) => ((i * 37) % 101) - 50)

/** The first operation whose results differ from its definition, subgroups being runs of `size` invocations. */
const wrongOperation = (results: Float32Array, size: number): string | undefined => {
  const values = given()
  return operations.find(({ value }, row) =>
    values.some((_, i) => {
      const first = i - (i % size)
      return results[row * invocations + i] !== value([...values.subarray(first, first + size)], i % size)
    }),
  )?.name
}

/** Judges what the shader wrote. Pure. */
export const judgeSubgroups = (results: Float32Array, smallest: number, largest: number): Finding => {
  const size = results[0] ?? 0
  if (!(size >= smallest && size <= largest && invocations % size === 0))
    return { passed: false, found: `subgroups of ${size} where the adapter says ${smallest} to ${largest}` }
  const wrong = wrongOperation(results, size)
  return wrong === undefined
    ? { passed: true, found: `${operations.length} operations right, ${size} invocations in a row` }
    : { passed: false, found: `${wrong} is wrong` }
}

/** Operations between the invocations of a subgroup, which must be consecutive ones of their workgroup. */
export const testSubgroups: SelfTest = async ({ gpu, subgroups }) => {
  if (subgroups === null) return { passed: false, found: "the adapter tells no size of subgroups" }
  const [written] = await runShader(gpu, shader, [given()], [4 * operations.length * invocations])
  return judgeSubgroups(new Float32Array(written!), subgroups.smallest, subgroups.largest)
}
