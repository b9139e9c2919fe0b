import type { DeviceState } from "../state.ts"
import { bestOf, dispatchOf, parameters, stepsToAim, storageBuffer } from "./timing.ts"

/** How a probe of multiply-adds fills an adapter. */
interface Filling {
  readonly lanes: number
  readonly groups: number
  /** Independent sums of an invocation: they hide the latency of an operation, few enough to stay in registers. */
  readonly chains: number
  /** Numbers in each sum. */
  readonly vector: 1 | 4
}

const unrolled = 16

/** One multiply-add: a software adapter splits fma() in any case, a GPU is not to be free to split it. */
const step = (vector: Filling["vector"], sum: string, factor: string): string =>
  vector === 4 ? `${sum} += x * ${factor};` : `${sum} = fma(x, ${factor}, ${sum});`

// A GPU wants a million invocations, to reach every multiprocessor several times over; a software adapter works in vectors.
const fillings = (isSoftware: boolean): readonly Filling[] =>
  isSoftware
    ? [{ lanes: 64, groups: 256, chains: 4, vector: 4 }]
    : [16, 32].map((chains) => ({ lanes: 256, groups: 4224, chains, vector: 1 }))

/** The probe's shader; each product depends on the step before, so that no compiler hoists it. */
export const multiplyAddShader = ({ lanes, chains, vector }: Filling): string => {
  const each = (text: (i: number) => string): string => Array.from({ length: chains }, (_, i) => text(i)).join("\n")
  const type = vector === 4 ? "vec4<f32>" : "f32"
  return `@group(0) @binding(0) var<storage, read_write> out: array<f32>;
struct Params { steps: u32 }
@group(0) @binding(1) var<uniform> params: Params;
@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let x = f32(id.x & 7u) * 1e-6f;
  ${each((i) => `var a${i} = ${type}(${i}.5f);`)}
  for (var step = 0u; step < params.steps; step++) {
    ${Array.from({ length: unrolled }, () => each((i) => step(vector, `a${i}`, `a${(i + 1) % chains}`))).join("\n")}
  }
  let total = ${Array.from({ length: chains }, (_, i) => `a${i}`).join(" + ")};
  out[id.x] = ${vector === 4 ? "total.x + total.y + total.z + total.w" : "total"};
}`
}

const measure = async (state: DeviceState, filling: Filling): Promise<number> => {
  const { lanes, groups, chains, vector } = filling
  const { gpu } = state
  const out = storageBuffer(gpu, 4 * lanes * groups)
  const run = async (steps: number): Promise<number> => {
    const given = parameters(gpu, steps)
    const seconds = await bestOf(state, await dispatchOf(gpu, multiplyAddShader(filling), [out, given], groups))
    given.destroy()
    return seconds
  }
  try {
    const few = 8
    const steps = stepsToAim(few, await run(few))
    return (2 * vector * chains * unrolled * lanes * groups * steps) / (await run(steps))
  } finally {
    out.destroy()
  }
}

/** Floating-point operations per second of independent f32 multiply-adds in registers. */
export const measureMultiplyAdd = async (state: DeviceState): Promise<number> => {
  let best = 0
  for (const filling of fillings(state.info.isSoftware)) best = Math.max(best, await measure(state, filling))
  return best
}
