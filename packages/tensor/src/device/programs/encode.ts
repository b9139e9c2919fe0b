import type { CostModel } from "../../adapter/costModel.ts"
import type { KernelFacts } from "../../adapter/kernelFacts.ts"
import type { Plan, PlanStep } from "../../plan/plan.ts"
import { guarded, type BufferRecord, type CompiledShader, type DeviceState } from "../state.ts"
import type { TextureRecord } from "../arrays/texture.ts"

/** All that one run of a plan is made of. */
export interface RunWork {
  readonly plan: Plan
  readonly shaders: readonly CompiledShader[]
  /** One bind group per step. */
  readonly groups: readonly GPUBindGroup[]
  /** Textures by slot. */
  readonly textures: readonly TextureRecord[]
  /** What is set to 0 before the first dispatch. */
  readonly clears: readonly BufferRecord[]
  /** The buffer that holds a value in this run. */
  readonly lookup: (value: number) => BufferRecord
}

const texelBytes = 16

const stageTexture = (
  encoder: GPUCommandEncoder,
  { plan, textures, lookup }: RunWork,
  { from, texture }: PlanStep["stages"][number],
): void => {
  const { width, slot } = plan.textures[texture]!
  const [buffer, target] = [lookup(from).gpu, textures[slot]!.gpu]
  const bytesPerRow = width * texelBytes
  const rows = Math.floor(plan.values[from]!.bytes / bytesPerRow)
  if (rows > 0) encoder.copyBufferToTexture({ buffer, bytesPerRow }, { texture: target }, [width, rows])
  // Where several rows of a matrix lie in one of the texture, the last one may be cut short.
  const rest = plan.values[from]!.bytes - rows * bytesPerRow
  const end = { texture: target, origin: [0, rows] }
  if (rest > 0) encoder.copyBufferToTexture({ buffer, offset: rows * bytesPerRow }, end, [rest / texelBytes, 1])
}

/** The copies into textures that come before a step. */
export const encodeStages = (encoder: GPUCommandEncoder, work: RunWork, step: PlanStep): void => {
  for (const stage of step.stages) stageTexture(encoder, work, stage)
}

/** Sets what kernels only raise to 0. */
export const encodeClears = (encoder: GPUCommandEncoder, { clears }: RunWork): void => {
  for (const { gpu } of clears) encoder.clearBuffer(gpu)
}

/** The dispatch of the step at a position of the plan; `set` is the pipeline that the pass has already. */
export const encodeDispatch = (
  pass: GPUComputePassEncoder,
  { plan, shaders, groups }: RunWork,
  at: number,
  set?: GPUComputePipeline,
): void => {
  const { grid } = plan.steps[at]!
  const { pipeline } = shaders[at]!
  if (pipeline !== set) pass.setPipeline(pipeline)
  pass.setBindGroup(0, groups[at]!)
  pass.dispatchWorkgroups(grid[0], grid[1])
}

/** The copies after the last step. */
export const encodeCopies = (encoder: GPUCommandEncoder, { plan, lookup }: RunWork): void => {
  for (const { from, to } of plan.copies) {
    const [source, target] = [lookup(from), lookup(to)]
    if (source !== target)
      encoder.copyBufferToBuffer(source.gpu, 0, target.gpu, 0, Math.min(source.bytes, target.bytes))
  }
}

/**
 * Arithmetic after which commands are submitted although more follow: the device starts while the rest is encoded, and no
 * submission is so long that a driver takes it for a hang.
 */
export const flopsPerSubmit = 1e11

/** Seconds that a submission to a GPU takes at most by the cost model: ones that are ten times slower are still no hang. */
const longestSubmission = 0.05

/**
 * The same of a run's submission number `at`. Each costs a GPU some microseconds in which it idles, so that they double in length once
 * it has work: as long as the next one takes to encode, and more.
 */
export const flopsOfSubmission = (at: number, { isSoftware = false }: KernelFacts, { rates }: CostModel): number =>
  isSoftware
    ? flopsPerSubmit
    : Math.max(flopsPerSubmit, Math.min(flopsPerSubmit * 2 ** at, longestSubmission * (rates.workgroup ?? 0)))

/** Tells of kernels that the work submitted so far runs for the first time. */
const firstRuns = ({ gpu, compiling }: DeviceState) => {
  let count = 0
  return {
    /** Whether a pipeline runs for the first time. */
    note: (pipeline: GPUComputePipeline): boolean => {
      const isFirst = compiling?.takeFirstRun(pipeline) === true
      if (isFirst) count++
      return isFirst
    },
    submitted: (): void => {
      if (count > 0) compiling?.running(count, gpu.queue.onSubmittedWorkDone())
      count = 0
    },
  }
}

/** Encodes and submits a run: as few passes as its copies into textures leave, in submissions of bounded length. */
export const encodeRun = (state: DeviceState, work: RunWork): void =>
  guarded(state, work.plan.name, () => {
    let encoder = state.gpu.createCommandEncoder()
    encodeClears(encoder, work)
    let pass = encoder.beginComputePass()
    let flops = 0
    let submissions = 0
    const { facts, model } = state.planning
    let set: GPUComputePipeline | undefined
    const first = firstRuns(state)
    const begin = (): void => {
      pass = encoder.beginComputePass()
      set = undefined
    }
    for (const [i, step] of work.plan.steps.entries()) {
      if (flops > flopsOfSubmission(submissions, facts, model)) {
        submissions++
        pass.end()
        state.gpu.queue.submit([encoder.finish()])
        first.submitted()
        encoder = state.gpu.createCommandEncoder()
        begin()
        flops = 0
      }
      if (step.stages.length > 0) {
        pass.end()
        encodeStages(encoder, work, step)
        begin()
      }
      encodeDispatch(pass, work, i, set)
      set = work.shaders[i]!.pipeline
      flops = first.note(set) ? Infinity : flops + step.flops
    }
    pass.end()
    encodeCopies(encoder, work)
    state.gpu.queue.submit([encoder.finish()])
    first.submitted()
  })
