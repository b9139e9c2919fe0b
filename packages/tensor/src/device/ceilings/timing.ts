import { waitFor, type DeviceState } from "../state.ts"

/** Timed runs, after one that compiles. */
const rounds = 5

/** A probe's work, ready to be encoded again and again. */
export type EncodeProbe = (encoder: GPUCommandEncoder) => void

const wallSeconds = async (state: DeviceState, encode: EncodeProbe): Promise<number> => {
  const begin = performance.now()
  const encoder = state.gpu.createCommandEncoder()
  encode(encoder)
  state.gpu.queue.submit([encoder.finish()])
  await waitFor(state, state.gpu.queue.onSubmittedWorkDone())
  return (performance.now() - begin) / 1000
}

/** Seconds of the fastest of several runs, from the call to the end of its work. */
export const bestOf = async (state: DeviceState, encode: EncodeProbe): Promise<number> => {
  let best = Infinity
  for (let round = 0; round <= rounds; round++) {
    const seconds = await wallSeconds(state, encode)
    if (round > 0) best = Math.min(best, seconds)
  }
  return best
}

/** Runs work whose refusal by the device is an answer: undefined if it refuses, and the device is none the worse. */
export const unlessRefused = async <A>(gpu: GPUDevice, work: () => A | Promise<A>): Promise<A | undefined> => {
  gpu.pushErrorScope("validation")
  gpu.pushErrorScope("out-of-memory")
  const value = await Promise.resolve()
    .then(work)
    .catch(() => undefined)
  const [memory, validation] = [await gpu.popErrorScope(), await gpu.popErrorScope()]
  return memory === null && validation === null ? value : undefined
}

/** A compute pipeline and how to run it: `groups` workgroups on buffers, parameters among them, bound in order. */
export const dispatchOf = async (
  gpu: GPUDevice,
  code: string,
  buffers: readonly GPUBuffer[],
  groups: number,
): Promise<EncodeProbe> => {
  const module = gpu.createShaderModule({ code })
  const pipeline = await gpu.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } })
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
  const group = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
  const rows = Math.ceil(groups / 32_768)
  return (encoder) => {
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(rows === 1 ? groups : 32_768, rows)
    pass.end()
  }
}

/** Parameters of a probe, as a buffer. */
export const parameters = (gpu: GPUDevice, ...words: readonly number[]): GPUBuffer => {
  const buffer = gpu.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST })
  gpu.queue.writeBuffer(buffer, 0, Uint32Array.from(words))
  return buffer
}

/** A buffer that kernels read and write, and that copies start and end in. */
export const storageBuffer = (gpu: GPUDevice, size: number): GPUBuffer =>
  gpu.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST })

/** Seconds that a timed probe should take: starting it does not count then, and the slowest adapter is not held up. */
export const aimedSeconds = 0.04

/** Steps of a probe that `few` took `seconds` for, so that it takes about as long as is aimed at. */
export const stepsToAim = (few: number, seconds: number): number =>
  Math.max(16, Math.min(65_536, Math.round((few * aimedSeconds) / seconds)))
