import { textureFormat } from "../../codegen/shader.ts"
import type { TextureExtent } from "../../plan/textureSlots.ts"
import { guarded, type MemoryRecord, type DeviceState } from "../state.ts"

/** A texture of 16-byte texels with its view, counted among the device's buffers until destroyed. */
export interface TextureRecord {
  readonly gpu: GPUTexture
  readonly view: GPUTextureView
  readonly record: MemoryRecord
}

export const createTexture = (state: DeviceState, extent: TextureExtent, label: string): TextureRecord => {
  const { packed, width, height } = extent
  const usage = GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST
  return guarded(state, label, () => {
    const gpu = state.gpu.createTexture({ size: [width, height], format: textureFormat(packed), usage, label })
    const record: MemoryRecord = { id: state.nextBuffer++, bytes: width * height * 16, gpu }
    state.buffers.add(record)
    return { gpu, view: gpu.createView(), record }
  })
}

export const destroyTexture = (state: DeviceState, { gpu, record }: TextureRecord): void => {
  if (state.buffers.delete(record)) gpu.destroy()
}
