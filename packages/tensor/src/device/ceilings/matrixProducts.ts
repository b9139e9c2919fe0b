import { Float16 } from "../../dtype/float16.ts"
import { matrixPreamble, matrixText, type MatrixSide } from "../../codegen/subgroupMatrix.ts"
import type { MatrixNumber, MatrixShape, MatrixUnits } from "../../adapter/adapterFacts.ts"
import type { DeviceState } from "../state.ts"
import { bestOf, dispatchOf, parameters, stepsToAim, storageBuffer } from "./timing.ts"

/** What matrix units reach on products of one shape. */
export interface MatrixCeiling {
  readonly shape: MatrixShape
  readonly flopsPerSecond: number
}

/** Independent products of a subgroup: two left matrices with four right ones share what they read. */
const [lefts, rights] = [2, 4]
const groups = 1056
const subgroupsPerGroup = 4

const numbered = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join("\n  ")

/** Products of matrices that stay in registers, summed over a loop and stored once. */
export const matrixShader = (shape: MatrixShape, units: MatrixUnits, lanes: number): string => {
  const text = matrixText(shape, units.spelling)
  const { m, n, k } = shape
  const load = (side: MatrixSide, i: number, stride: number): string =>
    text.load(side, "row_major", "&given", `${i * 256}u`, `${stride}u`)
  const pairs = Array.from({ length: lefts * rights }, (_, i) => [i % lefts, Math.floor(i / lefts)] as const)
  return `${matrixPreamble}
@group(0) @binding(0) var<storage, read> given: array<${shape.operands}>;
@group(0) @binding(1) var<storage, read_write> out: array<${shape.sums}>;
struct Params { steps: u32 }
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3<u32>) {
  ${numbered(lefts, (i) => `let left${i} = ${load("left", i, k)};`)}
  ${numbered(rights, (i) => `let right${i} = ${load("right", i, n)};`)}
  ${numbered(pairs.length, (i) => `var sums${i} = ${text.type("result")}();`)}
  for (var step = 0u; step < params.steps; step++) {
    ${pairs.map(([left, right], i) => `sums${i} = ${text.multiplyAdd(`left${left}`, `right${right}`, `sums${i}`)};`).join("\n    ")}
  }
  ${numbered(pairs.length, (i) => `${text.store("row_major", "&out", `(group.x * ${pairs.length}u + ${i}u) * ${m * n}u`, `sums${i}`, `${n}u`)};`)}
}`
}

/** Small numbers of any sign: zeros would draw less power than work does, and let the adapter run faster. */
const operands = (type: MatrixNumber): Uint8Array<ArrayBuffer> => {
  const numbers = Array.from({ length: 4096 }, (_, i) => (((i * 37) % 127) - 63) / 4096)
  return new Uint8Array((type === "f16" ? Float16.from(numbers) : Float32Array.from(numbers)).buffer)
}

const measureShape = async (state: DeviceState, units: MatrixUnits, shape: MatrixShape): Promise<number> => {
  const { gpu, info } = state
  const lanes = subgroupsPerGroup * (info.subgroups?.largest ?? 32)
  const perStep = 2 * shape.m * shape.n * shape.k * lefts * rights * subgroupsPerGroup * groups
  const numbers = operands(shape.operands)
  const given = storageBuffer(gpu, numbers.byteLength)
  gpu.queue.writeBuffer(given, 0, numbers)
  const out = storageBuffer(gpu, 4 * shape.m * shape.n * lefts * rights * groups)
  const run = async (steps: number): Promise<number> => {
    const count = parameters(gpu, steps)
    const code = matrixShader(shape, units, lanes)
    const seconds = await bestOf(state, await dispatchOf(gpu, code, [given, out, count], groups))
    count.destroy()
    return seconds
  }
  try {
    const few = 64
    const steps = stepsToAim(few, await run(few))
    return (perStep * steps) / (await run(steps))
  } finally {
    given.destroy()
    out.destroy()
  }
}

/** What matrix units reach on each shape that is in use; nothing where there are none. */
export const measureMatrixProducts = async (state: DeviceState): Promise<readonly MatrixCeiling[]> => {
  const units = state.info.matrixUnits
  if (units === null) return []
  const found: MatrixCeiling[] = []
  for (const shape of units.shapes) found.push({ shape, flopsPerSecond: await measureShape(state, units, shape) })
  return found
}
