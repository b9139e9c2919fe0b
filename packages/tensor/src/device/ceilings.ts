import type { Plan, PlanStep, PlanValue } from "../plan/plan.ts"
import { createExecutable, type Executable } from "./executable.ts"
import { waitFor, type DeviceState } from "./state.ts"

/** The most an adapter reaches, as its own kernels show. */
export interface Ceilings {
  /** Floating-point operations per second of independent multiply-adds in registers. */
  readonly flopsPerSecond: number
  /** Bytes read plus bytes written per second by the faster of a copying kernel and a buffer copy. */
  readonly bytesPerSecond: number
}

const lanes = 64
const chains = 4
const unrolled = 16
const rounds = 5

// Independent chains hide the latency of an operation, few enough of them to stay in registers; each product depends on
// the step before, so that no compiler hoists it.
const fmaShader = (): string => {
  const each = (text: (i: number) => string): string => Array.from({ length: chains }, (_, i) => text(i)).join("\n")
  return `@group(0) @binding(0) var<storage, read_write> out: array<f32>;
struct Params { steps: u32 }
@group(0) @binding(1) var<uniform> params: Params;
@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let x = f32(id.x & 7u) * 1e-6f;
  ${each((i) => `var a${i} = vec4<f32>(${i}.5f);`)}
  for (var step = 0u; step < params.steps; step++) {
    ${Array.from({ length: unrolled }, () => each((i) => `a${i} += x * a${(i + 1) % chains};`)).join("\n")}
  }
  let total = ${Array.from({ length: chains }, (_, i) => `a${i}`).join(" + ")};
  out[id.x] = total.x + total.y + total.z + total.w;
}`
}

const copyShader = `@group(0) @binding(0) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> target_: array<vec4<f32>>;
struct Params { count: u32 }
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(${lanes})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * ${lanes}u;
  if (i < params.count) { target_[i] = source[i]; }
}`

const slotValue = (id: number, elements: number): PlanValue => ({
  id,
  spec: { shape: [elements], dtype: "f32" },
  bytes: elements * 4,
  storage: { kind: "slot", slot: id },
})

const stepOf = (wgsl: string, access: readonly ("read" | "write")[], param: number, groups: number): PlanStep => ({
  label: "ceiling",
  family: "probe",
  group: 0,
  wgsl,
  bindings: access.map((kind, value) => ({ value, windows: 1, windowElements: 2 ** 30, access: kind })),
  textures: [],
  packed: [],
  stages: [],
  params: [param],
  grid: groups <= 32768 ? [groups, 1] : [32768, Math.ceil(groups / 32768)],
  choice: {},
  flops: 0,
  bytes: 0,
  at: "",
})

const probePlan = (values: readonly PlanValue[], steps: readonly PlanStep[], copies: Plan["copies"]): Plan => ({
  name: "ceiling",
  values,
  steps,
  copies,
  inputs: [],
  outputs: [],
  slotBytes: values.map(({ bytes }) => bytes),
  textures: [],
  textureSlots: [],
  notes: [],
  flops: 0,
  peakBytes: 0,
})

const wallSeconds = async (state: DeviceState, executable: Executable): Promise<number> => {
  const begin = performance.now()
  executable.run([])
  await waitFor(state, state.gpu.queue.onSubmittedWorkDone())
  return (performance.now() - begin) / 1000
}

const bestOf = async (plan: Plan, state: DeviceState): Promise<number> => {
  const executable = await createExecutable(state, plan)
  try {
    let best = Infinity
    // The first run compiles.
    for (let round = 0; round <= rounds; round++) {
      const seconds = await wallSeconds(state, executable)
      if (round > 0) best = Math.min(best, seconds)
    }
    return best
  } finally {
    executable.dispose()
  }
}

const fmaSeconds = (state: DeviceState, steps: number, groups: number): Promise<number> =>
  bestOf(probePlan([slotValue(0, groups * lanes)], [stepOf(fmaShader(), ["write"], steps, groups)], []), state)

const measureFma = async (state: DeviceState): Promise<number> => {
  const groups = 256
  const flops = (steps: number): number => 2 * 4 * chains * unrolled * lanes * groups * steps
  const short = await fmaSeconds(state, 8, groups)
  // Long enough that starting it does not count, short enough for the slowest adapter.
  const steps = Math.max(16, Math.min(65536, Math.round((8 * 0.04) / short)))
  return flops(steps) / (await fmaSeconds(state, steps, groups))
}

const copyElements = 2 ** 23

const measureCopy = async (state: DeviceState): Promise<number> => {
  const values = [slotValue(0, copyElements), slotValue(1, copyElements)]
  const vectors = copyElements / 4
  const kernel = stepOf(copyShader, ["read", "write"], vectors, vectors / lanes)
  const byKernel = await bestOf(probePlan(values, [kernel], []), state)
  const byCopy = await bestOf(probePlan(values, [], [{ from: 0, to: 1 }]), state)
  return (2 * 4 * copyElements) / Math.min(byKernel, byCopy)
}

/** Measures both ceilings by probes of some ten milliseconds each. */
export const measureCeilings = async (state: DeviceState): Promise<Ceilings> => ({
  flopsPerSecond: await measureFma(state),
  bytesPerSecond: await measureCopy(state),
})
