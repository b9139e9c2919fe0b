import { guarded, type MemoryRecord, type DeviceState } from "./state.ts"

/** A texture of f32 texels with its view, counted among the device's buffers until destroyed. */
export interface TextureRecord {
  readonly gpu: GPUTexture
  readonly view: GPUTextureView
  readonly record: MemoryRecord
}

export const createTexture = (state: DeviceState, width: number, height: number, label: string): TextureRecord => {
  const usage = GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST
  return guarded(state, label, () => {
    const gpu = state.gpu.createTexture({ size: [width, height], format: "rgba32float", usage, label })
    const record: MemoryRecord = { id: state.nextBuffer++, bytes: width * height * 16, gpu }
    state.buffers.add(record)
    return { gpu, view: gpu.createView(), record }
  })
}

export const destroyTexture = (state: DeviceState, { gpu, record }: TextureRecord): void => {
  if (state.buffers.delete(record)) gpu.destroy()
}
