import { bufferOfWords, runBound } from "./runShader.ts"
import type { Finding, SelfTest } from "./selfTest.ts"

const invocations = 64
/** The binding covers the second quarter of its buffer; accesses beyond it stay well within the rest. */
const bound = 256
const total = 4 * bound
const canary = 0xc0ffee
const inside = 11
const intruder = 7

const shader = `@group(0) @binding(0) var<storage, read_write> target_: array<u32>;
@group(0) @binding(1) var<storage, read> shift: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(${invocations})
fn main(@builtin(local_invocation_index) i: u32) {
  let beyond = ${bound}u + i * 4u + shift[0];
  out[i] = target_[beyond];
  target_[beyond] = ${intruder}u;
}`

/** Judges the buffer around the binding, and what reads beyond it gave. Pure. */
export const judgeBindings = (buffer: Uint32Array, read: Uint32Array): Finding => {
  const isOutside = (i: number): boolean => i < bound || i >= 2 * bound
  const harmed = buffer.some((word, i) => isOutside(i) && word !== canary)
  if (harmed) return { passed: false, found: "writes beyond a binding reach its buffer: indices stay clamped" }
  const leaked = read.some((word) => word === canary)
  return leaked
    ? { passed: false, found: "reads beyond a binding see its buffer: indices stay clamped" }
    : { passed: true, found: "the driver keeps accesses within their bindings" }
}

/**
 * Whether the driver itself keeps accesses within their binding, so that the implementation need not clamp every index: a
 * shader reads and writes behind a binding that ends in the middle of its buffer.
 */
export const testBindings: SelfTest = async ({ gpu }) => {
  const words = Uint32Array.from({ length: total }, (_, i) => (i < bound || i >= 2 * bound ? canary : inside))
  const buffer = bufferOfWords(gpu, words)
  const shift = bufferOfWords(gpu, new Uint32Array(4))
  const read = bufferOfWords(gpu, new Uint32Array(invocations))
  const window = { buffer, offset: 4 * bound, size: 4 * bound }
  try {
    const [after, seen] = await runBound(gpu, shader, [window, { buffer: shift }, { buffer: read }], [buffer, read])
    return judgeBindings(new Uint32Array(after!), new Uint32Array(seen!))
  } finally {
    for (const each of [buffer, shift, read]) each.destroy()
  }
}
