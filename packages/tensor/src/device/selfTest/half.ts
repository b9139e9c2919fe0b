import { Float16 } from "../../dtype/float16.ts"
import { runShader } from "./runShader.ts"
import type { Finding, SelfTest } from "./selfTest.ts"

const patterns = 65_536
const pairs = 1024
const invocations = 64

/** Results that the shader leaves in f16, two operands in `a` and `b`, and what they are without rounding. */
const operations: readonly { readonly wgsl: string; readonly exact: (a: number, b: number) => number }[] = [
  { wgsl: "a + b", exact: (a, b) => a + b },
  { wgsl: "a - b", exact: (a, b) => a - b },
  { wgsl: "a * b", exact: (a, b) => a * b },
  { wgsl: "f16(f32(a) * f32(b))", exact: (a, b) => a * b },
]

const packRow = operations.length

const shader = `enable f16;
@group(0) @binding(0) var<storage, read> every: array<f16>;
@group(0) @binding(1) var<storage, read> given: array<f16>;
@group(0) @binding(2) var<storage, read_write> kept: array<f16>;
@group(0) @binding(3) var<storage, read_write> widened: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f16>;
@group(0) @binding(5) var<storage, read_write> packed: array<u32>;
@compute @workgroup_size(${invocations})
fn main(@builtin(local_invocation_index) first: u32) {
  for (var i = first; i < ${patterns}u; i += ${invocations}u) {
    kept[i] = every[i];
    widened[i] = f32(every[i]);
  }
  for (var i = first; i < ${pairs}u; i += ${invocations}u) {
    let a = given[i];
    let b = given[${pairs}u + i];
    ${operations.map(({ wgsl }, row) => `out[${row * pairs}u + i] = ${wgsl};`).join("\n    ")}
    packed[i] = pack2x16float(vec2<f32>(f32(a), f32(b)));
    let back = unpack2x16float(packed[i]);
    out[${packRow * pairs}u + i] = f16(back.x);
    out[${(packRow + 1) * pairs}u + i] = f16(back.y);
  }
}`

const allPatterns = (): Uint16Array<ArrayBuffer> => Uint16Array.from({ length: patterns }, (_, i) => i)

/** Operands whose sums and products are normal numbers of f16, with every bit of their fractions in use. */
const operands = (): Float16Array<ArrayBuffer> =>
  Float16.from({ length: 2 * pairs }, (_, i) => {
    const fraction = 1 + ((Math.imul(i + 1, 2654435761) >>> 0) % 1024) / 1024
    return (i % 3 === 0 ? -1 : 1) * fraction * 2 ** ((i % 9) - 4)
  })

const smallestNormal = 2 ** -14

/** The distance between neighbours among the numbers of f16 around `x`. */
const spacing = (x: number): number => 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(x)))) - 10)

// WGSL lets a driver round to either neighbour; more than one place off is wrong.
const isNeighbour = (got: number, exact: number): boolean => Math.abs(got - exact) < spacing(exact)

/** What the test's shader wrote. */
export interface HalfResults {
  readonly kept: Uint16Array
  readonly widened: Float32Array
  readonly out: Float16Array
  readonly packed: Uint32Array
}

const wrongStorage = ({ kept, widened }: HalfResults): string | undefined => {
  const every = new Float16(allPatterns().buffer)
  for (const [i, value] of every.entries()) {
    if (Number.isNaN(value)) continue
    const mayVanish = Math.abs(value) < smallestNormal
    const isKept = kept[i] === i || (mayVanish && (kept[i]! & 0x7fff) === 0)
    const isWidened = widened[i] === value || (mayVanish && widened[i] === 0)
    if (!isKept) return `the number ${value} is not kept`
    if (!isWidened) return `${value} becomes ${widened[i]} in f32`
  }
  return undefined
}

const wrongArithmetic = ({ out }: HalfResults): string | undefined => {
  const given = operands()
  for (const [row, { wgsl, exact }] of operations.entries())
    for (let i = 0; i < pairs; i++) {
      const want = exact(given[i]!, given[pairs + i]!)
      const got = out[row * pairs + i]!
      if (want !== 0 && Math.abs(want) < smallestNormal ? Math.abs(got) > smallestNormal : !isNeighbour(got, want))
        return `${wgsl} of ${given[i]} and ${given[pairs + i]} gives ${got}`
    }
  return undefined
}

const wrongPacking = ({ out, packed }: HalfResults): string | undefined => {
  const given = operands()
  const bits = new Uint16Array(given.buffer)
  for (let i = 0; i < pairs; i++) {
    const [x, y] = [out[packRow * pairs + i], out[(packRow + 1) * pairs + i]]
    if (packed[i] !== (bits[i]! | (bits[pairs + i]! << 16)) >>> 0) return `pack2x16float of ${given[i]} is wrong`
    if (x !== given[i] || y !== given[pairs + i]) return `unpack2x16float of ${given[i]} is wrong`
  }
  return undefined
}

const productRow = 3

/** Whether conversions from f32 went to the nearest number, the even one of two. */
const roundsToNearest = ({ out }: HalfResults): boolean => {
  const given = operands()
  const nearest = Float16.from({ length: pairs }, (_, i) => given[i]! * given[pairs + i]!)
  return nearest.every((want, i) => out[productRow * pairs + i] === want)
}

const keepsSubnormals = ({ kept, widened }: HalfResults): boolean => kept[1] === 1 && widened[1] === 2 ** -24

/** Judges what the shader wrote. Pure. */
export const judgeHalf = (results: HalfResults): Finding => {
  const wrong = wrongStorage(results) ?? wrongArithmetic(results) ?? wrongPacking(results)
  if (wrong !== undefined) return { passed: false, found: wrong }
  const rounding = roundsToNearest(results) ? "rounds to nearest" : "rounds to a neighbour"
  const subnormals = keepsSubnormals(results) ? "keeps subnormals" : "flushes subnormals"
  return { passed: true, found: `every f16 number, arithmetic and packing right; ${rounding}, ${subnormals}` }
}

/** f16 in shaders: storage of all its numbers, conversion both ways, arithmetic, packing. */
export const testHalf: SelfTest = async ({ gpu }) => {
  const every = new Float16(allPatterns().buffer)
  const rows = packRow + 2
  const room = [2 * patterns, 4 * patterns, 2 * rows * pairs, 4 * pairs]
  const [kept, widened, out, packed] = await runShader(gpu, shader, [every, operands()], room)
  return judgeHalf({
    kept: new Uint16Array(kept!),
    widened: new Float32Array(widened!),
    out: new Float16(out!),
    packed: new Uint32Array(packed!),
  })
}
