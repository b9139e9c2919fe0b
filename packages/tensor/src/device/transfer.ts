import { hostZeros, holds, type HostData } from "../dtype.ts"
import { storageBytes } from "../codegen/element.ts"
import { raise, tensorError } from "../error.ts"
import type { HostArray } from "../op.ts"
import { hostArray } from "../host/array.ts"
import { sizeOf, type Spec } from "../shape.ts"
import { bufferOf, ownedArray, type DeviceArray } from "./array.ts"
import {
  createBuffer,
  destroyBuffer,
  guarded,
  requireWorking,
  settled,
  waitFor,
  type BufferRecord,
  type DeviceState,
} from "./state.ts"

/** Throws `InvalidData` unless the numbers fit the spec they claim. */
export const requireHostArray = (op: string, { data, shape, dtype }: HostArray): void => {
  if (data.length !== sizeOf(shape))
    raise({
      _tag: "InvalidData",
      op,
      rule: `[${shape.join(", ")}] has ${sizeOf(shape)} elements, data has ${data.length}`,
      remedy: "pass the shape the data has",
    })
  if (!holds(data, dtype))
    raise({
      _tag: "InvalidData",
      op,
      rule: `${dtype} needs a ${hostZeros(dtype, 0).constructor.name}, got a ${data.constructor.name}`,
      remedy: "convert the data, or name its element type",
    })
}

const bytesOf = (data: HostData): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)

// Device buffers are written in whole words; an odd number of f16 ends in half of one.
const wholeWords = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  if (bytes.byteLength % 4 === 0) return bytes
  const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4)
  padded.set(bytes)
  return padded
}

/** Queues the copy of host numbers into a buffer. */
export const upload = (state: DeviceState, buffer: BufferRecord, { data }: HostArray, op: string): void => {
  if (data.byteLength === 0) return
  guarded(state, op, () => state.gpu.queue.writeBuffer(buffer.gpu, 0, wholeWords(bytesOf(data))))
}

/** Uploads one array into a buffer of its own that belongs to the device. */
export const putArray = (state: DeviceState, array: HostArray): DeviceArray => {
  requireWorking(state, "put")
  requireHostArray("put", array)
  const buffer = createBuffer(state, storageBytes(array.dtype, array.data.length), "put")
  upload(state, buffer, array, "put")
  return ownedArray(state, array, buffer)
}

const toHost = (spec: Spec, mapped: ArrayBuffer, offset: number): HostArray => {
  const size = sizeOf(spec.shape)
  const data = hostZeros(spec.dtype, size)
  bytesOf(data).set(new Uint8Array(mapped, offset, data.byteLength))
  return hostArray(spec, data)
}

const alignment = 16

/**
 * Reads arrays back. The copies are queued before this returns, so a later run that overwrites the arrays does not
 * disturb them.
 */
export const readArrays = async (state: DeviceState, arrays: readonly DeviceArray[]): Promise<readonly HostArray[]> => {
  requireWorking(state, "read")
  const buffers = arrays.map((array) => bufferOf(state, array, "read"))
  const offsets: number[] = []
  const total = buffers.reduce(
    (sum, { bytes }) => (offsets.push(sum), Math.ceil((sum + bytes) / alignment) * alignment),
    0,
  )
  if (arrays.length === 0) return []
  const staging = createBuffer(state, total, "read", GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ)
  try {
    guarded(state, "read", () => {
      const encoder = state.gpu.createCommandEncoder()
      for (const [i, { gpu, bytes }] of buffers.entries())
        encoder.copyBufferToBuffer(gpu, 0, staging.gpu, offsets[i]!, bytes)
      state.gpu.queue.submit([encoder.finish()])
    })
    await mapped(state, staging)
    await settled(state, "read")
    const range = staging.gpu.getMappedRange()
    return arrays.map((array, i) => toHost(array, range, offsets[i]!))
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
