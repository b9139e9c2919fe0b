import { hostZeros, type HostData } from "../../dtype/dtype.ts"
import { tensorError } from "../../error.ts"
import { hostArray, type HostArray } from "../../host/array.ts"
import { sizeOf, type Spec } from "../../shape/shape.ts"
import {
  createBuffer,
  destroyBuffer,
  guarded,
  settled,
  waitFor,
  type BufferRecord,
  type DeviceState,
} from "../state.ts"

/** The bytes of host numbers. */
export const bytesOf = (data: HostData): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)

/** A buffer, and what its numbers are. */
export interface Typed {
  readonly spec: Spec
  readonly buffer: BufferRecord
}

const toHost = (spec: Spec, mapped: ArrayBuffer, offset: number): HostArray => {
  const size = sizeOf(spec.shape)
  const data = hostZeros(spec.dtype, size)
  bytesOf(data).set(new Uint8Array(mapped, offset, data.byteLength))
  return hostArray(spec, data)
}

const alignment = 16

/** Copies buffers back. The copies are queued before this returns, so a later run that overwrites the buffers does not disturb them. */
export const readBuffers = async (state: DeviceState, arrays: readonly Typed[]): Promise<readonly HostArray[]> => {
  const offsets: number[] = []
  const total = arrays.reduce(
    (sum, { buffer }) => (offsets.push(sum), Math.ceil((sum + buffer.bytes) / alignment) * alignment),
    0,
  )
  if (arrays.length === 0) return []
  const staging = createBuffer(state, total, "read", GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ)
  try {
    guarded(state, "read", () => {
      const encoder = state.gpu.createCommandEncoder()
      for (const [i, { buffer }] of arrays.entries())
        encoder.copyBufferToBuffer(buffer.gpu, 0, staging.gpu, offsets[i]!, buffer.bytes)
      state.gpu.queue.submit([encoder.finish()])
    })
    await mapped(state, staging)
    await settled(state, "read")
    const range = staging.gpu.getMappedRange()
    return arrays.map(({ spec }, i) => toHost(spec, range, offsets[i]!))
  } finally {
    destroyBuffer(state, staging)
  }
}

const mapped = async (state: DeviceState, staging: BufferRecord): Promise<void> => {
  try {
    await waitFor(state, staging.gpu.mapAsync(GPUMapMode.READ))
  } catch (error) {
    await Promise.all(state.pending)
    throw (
      state.failure ??
      tensorError({
        _tag: "DeviceFailure",
        op: "read",
        rule: error instanceof Error ? error.message : String(error),
        remedy: "open the device again",
      })
    )
  }
}
