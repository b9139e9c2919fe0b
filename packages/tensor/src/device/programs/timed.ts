import { encodeClears, encodeCopies, encodeDispatch, encodeStages, flopsPerSubmit, type RunWork } from "./encode.ts"
import { createBuffer, destroyBuffer, guarded, settled, waitFor, type DeviceState } from "../state.ts"

/** How long one step took, in seconds: its copies into textures, and its dispatch. */
export interface StepTime {
  /** When the dispatch began, from the start of the run. */
  readonly start: number
  readonly staging: number
  readonly compute: number
}

/** Most queries WebGPU lets a set hold; a step takes two. */
const stepsPerSet = 2048

interface Span {
  readonly begin: number
  readonly end: number
}

// What lies between the end of one dispatch and the begin of the next are the copies in between.
const stepTimes = (spans: readonly Span[], staged: readonly boolean[]): readonly StepTime[] => {
  const origin = spans[0]?.begin ?? 0
  // Clocks of some drivers step back by a tick between two passes.
  const between = (from: number, to: number): number => Math.max(0, to - from)
  return spans.slice(1).map(({ begin, end }, i) => ({
    start: between(origin, begin),
    staging: staged[i] === true ? between(spans[i]!.end, begin) : 0,
    compute: between(begin, end),
  }))
}

const spansOf = (ticks: BigInt64Array): readonly Span[] =>
  Array.from({ length: ticks.length / 2 }, (_, i) => ({
    begin: Number(ticks[2 * i]! - ticks[0]!) / 1e9,
    end: Number(ticks[2 * i + 1]! - ticks[0]!) / 1e9,
  }))

const querySets = (gpu: GPUDevice, passes: number): readonly GPUQuerySet[] =>
  Array.from({ length: Math.ceil(passes / stepsPerSet) }, (_, i) =>
    gpu.createQuerySet({ type: "timestamp", count: 2 * Math.min(stepsPerSet, passes - i * stepsPerSet) }),
  )

const beginTimed = (encoder: GPUCommandEncoder, sets: readonly GPUQuerySet[], at: number): GPUComputePassEncoder => {
  const first = 2 * (at % stepsPerSet)
  return encoder.beginComputePass({
    timestampWrites: {
      querySet: sets[Math.floor(at / stepsPerSet)]!,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    },
  })
}

/** Encodes a run, handing over an encoder where a submission has grown long enough; gives the last one. */
const encodeWithQueries = (
  gpu: GPUDevice,
  work: RunWork,
  sets: readonly GPUQuerySet[],
  submit: (encoder: GPUCommandEncoder) => void,
): GPUCommandEncoder => {
  let encoder = gpu.createCommandEncoder()
  let flops = 0
  encodeClears(encoder, work)
  // An empty first pass marks where the run begins, so that copies before the first dispatch are seen.
  beginTimed(encoder, sets, 0).end()
  for (const [i, step] of work.plan.steps.entries()) {
    if (flops > flopsPerSubmit) {
      submit(encoder)
      encoder = gpu.createCommandEncoder()
      flops = 0
    }
    encodeStages(encoder, work, step)
    const pass = beginTimed(encoder, sets, i + 1)
    encodeDispatch(pass, work, i)
    pass.end()
    flops += step.flops
  }
  encodeCopies(encoder, work)
  return encoder
}

const withQueries = async (state: DeviceState, work: RunWork): Promise<readonly StepTime[]> => {
  const { gpu } = state
  const passes = work.plan.steps.length + 1
  const bytes = 16 * passes
  const sets = querySets(gpu, passes)
  const resolved = createBuffer(state, bytes, "times", GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC)
  const host = createBuffer(state, bytes, "times", GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
  try {
    guarded(state, work.plan.name, () => {
      const submit = (encoder: GPUCommandEncoder): void => gpu.queue.submit([encoder.finish()])
      const encoder = encodeWithQueries(gpu, work, sets, submit)
      for (const [i, set] of sets.entries())
        encoder.resolveQuerySet(set, 0, set.count, resolved.gpu, i * stepsPerSet * 16)
      encoder.copyBufferToBuffer(resolved.gpu, 0, host.gpu, 0, bytes)
      submit(encoder)
    })
    await waitFor(state, host.gpu.mapAsync(GPUMapMode.READ))
    await settled(state, work.plan.name)
    const spans = spansOf(new BigInt64Array(host.gpu.getMappedRange().slice(0)))
    return stepTimes(
      spans,
      work.plan.steps.map(({ stages }) => stages.length > 0),
    )
  } finally {
    destroyBuffer(state, host)
    destroyBuffer(state, resolved)
    for (const set of sets) set.destroy()
  }
}

const submitted = async (state: DeviceState, name: string, encode: (encoder: GPUCommandEncoder) => void) => {
  const begin = performance.now()
  guarded(state, name, () => {
    const encoder = state.gpu.createCommandEncoder()
    encode(encoder)
    state.gpu.queue.submit([encoder.finish()])
  })
  await waitFor(state, state.gpu.queue.onSubmittedWorkDone())
  return (performance.now() - begin) / 1000
}

/** Without queries: each step submitted on its own and waited for, less what waiting for nothing costs. */
const withSubmits = async (state: DeviceState, work: RunWork): Promise<readonly StepTime[]> => {
  const { name, steps } = work.plan
  const idles = [0, 0, 0, 0]
  for (const i of idles.keys()) idles[i] = await submitted(state, name, () => {})
  const idle = Math.min(...idles)
  const times: StepTime[] = []
  await submitted(state, name, (encoder) => encodeClears(encoder, work))
  const began = performance.now()
  for (const [i, step] of steps.entries()) {
    const staging =
      step.stages.length === 0 ? 0 : await submitted(state, name, (encoder) => encodeStages(encoder, work, step))
    const start = (performance.now() - began) / 1000
    const compute = await submitted(state, name, (encoder) => {
      const pass = encoder.beginComputePass()
      encodeDispatch(pass, work, i)
      pass.end()
    })
    times.push({ start, staging: Math.max(0, staging - idle), compute: Math.max(0, compute - idle) })
  }
  await submitted(state, name, (encoder) => encodeCopies(encoder, work))
  await settled(state, name)
  return times
}

/** Runs a plan's work and tells how long each step took, by timestamp queries where the adapter has them. */
export const encodeTimed = (state: DeviceState, work: RunWork): Promise<readonly StepTime[]> =>
  state.gpu.features.has("timestamp-query") ? withQueries(state, work) : withSubmits(state, work)
