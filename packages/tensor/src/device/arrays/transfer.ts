import { hostZeros, holds } from "../../dtype/dtype.ts"
import { storageBytes } from "../../codegen/element.ts"
import { raise } from "../../error.ts"
import type { HostArray } from "../../host/array.ts"
import { sizeOf } from "../../shape/shape.ts"
import { bufferOf, ownedArray, type DeviceArray } from "./array.ts"
import { bytesOf, readBuffers } from "./readBuffers.ts"
import { createBuffer, guarded, requireWorking, type BufferRecord, type DeviceState } from "../state.ts"

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

/**
 * Reads arrays back. The copies are queued before this returns, so a later run that overwrites the arrays does not
 * disturb them.
 */
export const readArrays = async (state: DeviceState, arrays: readonly DeviceArray[]): Promise<readonly HostArray[]> => {
  requireWorking(state, "read")
  return readBuffers(
    state,
    arrays.map((array) => ({ spec: array, buffer: bufferOf(state, array, "read") })),
  )
}
