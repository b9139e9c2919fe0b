import { tensorError, type TensorError, type TensorErrorDetail } from "../error.ts"
import type { Planning } from "../plan/planning.ts"
import type { CompileCount } from "./compiling.ts"
import type { AdapterFacts } from "../adapter/adapterFacts.ts"
import { sizeOf, type Spec } from "../shape/shape.ts"
import { restWhile } from "./rest.ts"

/** Bookkeeping shared by everything that works on one device. */
export interface DeviceState {
  readonly gpu: GPUDevice
  readonly info: AdapterFacts
  /** What programs are planned for. */
  readonly planning: Planning
  /** Whether to sleep between polls while waiting. */
  readonly restsWhileWaiting: boolean
  readonly pipelines: Map<string, Promise<CompiledShader>>
  readonly buffers: Set<MemoryRecord>
  readonly owned: Set<{ readonly dispose: () => void }>
  /** Checks of submitted work that have not answered yet. */
  readonly pending: Set<Promise<void>>
  /** The first thing that went wrong after it could be thrown; every later call reports it. */
  failure: TensorError | null
  closed: boolean
  nextBuffer: number
  /** What was made since the device was opened: a warm run must not change it. */
  readonly created: { pipelines: number; bindGroups: number }
  /** Counts kernels for whoever wants to know. */
  readonly compiling: CompileCount | undefined
}

export interface CompiledShader {
  readonly pipeline: GPUComputePipeline
  readonly layout: GPUBindGroupLayout
}

/** A device buffer with an identity, counted until destroyed. */
export interface BufferRecord extends MemoryRecord {
  readonly gpu: GPUBuffer
}

/** Anything on the device that takes memory. */
export interface MemoryRecord {
  readonly id: number
  readonly bytes: number
  readonly gpu: { readonly destroy: () => void }
}

/** Waits for the device; on a software adapter without keeping its workers from their cores. */
export const waitFor = <A>(state: DeviceState, waiting: Promise<A>): Promise<A> =>
  state.restsWhileWaiting ? restWhile(waiting) : waiting

/** Remembers the first failure: it is thrown by the next call that can throw. */
export const recordFailure = (state: DeviceState, detail: TensorErrorDetail): void => {
  state.failure ??= tensorError(detail, "")
}

/** Throws what has gone wrong so far; a closed device is one such thing. */
export const requireWorking = (state: DeviceState, op: string): void => {
  if (state.failure !== null) throw state.failure
  if (state.closed)
    throw tensorError({
      _tag: "DeviceFailure",
      op,
      rule: "the device is closed",
      remedy: "open another, or keep this one in scope longer",
    })
}

const outOfMemory = (op: string, message: string): TensorErrorDetail => ({
  _tag: "OutOfDeviceMemory",
  op,
  bytes: 0,
  rule: message,
  remedy: "use a smaller batch, checkpoint more, or store frozen weights in f16",
})

const invalid = (op: string, message: string): TensorErrorDetail => ({
  _tag: "DeviceFailure",
  op,
  rule: message,
  remedy: "this is a defect of the library: report it with the output of `diva doctor`",
})

/**
 * Runs device calls inside error scopes. What they report is recorded as the device's failure, which `settled` or any
 * later call throws: submitting stays synchronous and no error is only logged.
 */
export const guarded = <A>(state: DeviceState, op: string, work: () => A): A => {
  state.gpu.pushErrorScope("validation")
  state.gpu.pushErrorScope("out-of-memory")
  try {
    return work()
  } finally {
    const memory = state.gpu.popErrorScope()
    const validation = state.gpu.popErrorScope()
    const check = Promise.all([memory, validation])
      .then(([outOf, error]) => {
        if (outOf !== null) recordFailure(state, outOfMemory(op, outOf.message))
        if (error !== null) recordFailure(state, invalid(op, error.message))
      })
      .catch(() => {})
      .finally(() => state.pending.delete(check))
    state.pending.add(check)
  }
}

/** Waits until every check of submitted work has answered, then throws the first failure if there is one. */
export const settled = async (state: DeviceState, op: string): Promise<void> => {
  await Promise.all(state.pending)
  requireWorking(state, op)
}

const usage = (): number => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

/** Throws `LimitExceeded` when the adapter has no buffer of `bytes`. */
export const requireFits = (state: DeviceState, bytes: number, op: string): void => {
  const limit = state.info.limits["maxBufferSize"] ?? Infinity
  if (bytes <= limit) return
  const rule = `${bytes} bytes exceed the adapter's largest buffer of ${limit}`
  throw tensorError({
    _tag: "LimitExceeded",
    op,
    limit: "maxBufferSize",
    rule,
    remedy: "split the tensor, or store it in f16",
  })
}

/** Elements that shaders can tell apart: their indices are u32. */
const mostElements = 2 ** 32 - 1

/** Throws `LimitExceeded` for a tensor of more elements than any shader can index, however large the adapter's buffers are. */
export const requireIndexable = ({ shape }: Spec, op: string): void => {
  const elements = sizeOf(shape)
  if (elements <= mostElements) return
  throw tensorError({
    _tag: "LimitExceeded",
    op,
    limit: "u32 indices",
    rule: `${elements} elements exceed the ${mostElements} that a shader can index`,
    remedy: "split the tensor",
  })
}

/** Allocates a storage buffer. Zeroed, as WebGPU promises. */
export const createBuffer = (
  state: DeviceState,
  bytes: number,
  label: string,
  flags: number = usage(),
): BufferRecord => {
  requireFits(state, bytes, label)
  const gpu = guarded(state, label, () => state.gpu.createBuffer({ size: bytes, usage: flags, label }))
  const record = { id: state.nextBuffer++, bytes, gpu }
  state.buffers.add(record)
  return record
}

export const destroyBuffer = (state: DeviceState, record: MemoryRecord): void => {
  if (!state.buffers.delete(record)) return
  record.gpu.destroy()
}

/** Bytes and number of the buffers that exist now. */
export const liveBuffers = (state: DeviceState): { readonly buffers: number; readonly bytes: number } => ({
  buffers: state.buffers.size,
  bytes: [...state.buffers].reduce((sum, { bytes }) => sum + bytes, 0),
})
