/** Words around what a kernel may write; as f32 and as f16 they are no numbers, so that one which is read shows as well. */
const canary = 0x7fc07fc1

const margin = 256

/** A buffer within a larger one, whose end is guarded. */
interface GuardedBuffer {
  readonly guarded: GPUBuffer
  readonly size: number
  readonly label: string
  readonly isStorage: boolean
  readonly destroy: () => void
  readonly mapAsync: (mode: GPUMapModeFlags) => Promise<undefined>
  readonly getMappedRange: () => ArrayBuffer
}

/** Where an access went beyond its buffer. */
export interface Harm {
  readonly buffer: string
  readonly word: number
  readonly found: number
}

export interface GuardedGpu {
  readonly gpu: GPUDevice
  /** Looks at what lies behind every buffer made so far; buffers that were destroyed are looked at and freed. */
  readonly harm: () => Promise<readonly Harm[]>
}

const inner = (buffer: GPUBuffer): GPUBuffer => (buffer as unknown as GuardedBuffer).guarded ?? buffer

/** An object that answers as another one does, some methods aside. */
const like = <T extends object>(real: T, changed: Partial<Record<keyof T, unknown>>): T =>
  new Proxy(real, {
    get: (target, name) => {
      if (name in changed) return changed[name as keyof T]
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value
    },
  })

const guardedEncoder = (encoder: GPUCommandEncoder): GPUCommandEncoder =>
  like(encoder, {
    clearBuffer: (buffer: GPUBuffer) => encoder.clearBuffer(inner(buffer), 0, buffer.size),
    copyBufferToBuffer: (from: GPUBuffer, at: number, to: GPUBuffer, toAt: number, size: number) =>
      encoder.copyBufferToBuffer(inner(from), at, inner(to), toAt, size),
    copyBufferToTexture: (source: GPUTexelCopyBufferInfo, target: GPUTexelCopyTextureInfo, extent: Iterable<number>) =>
      encoder.copyBufferToTexture({ ...source, buffer: inner(source.buffer) }, target, extent),
  })

const guardedQueue = (queue: GPUQueue): GPUQueue =>
  like(queue, {
    writeBuffer: (buffer: GPUBuffer, at: number, data: ArrayBufferView<ArrayBuffer>) =>
      queue.writeBuffer(inner(buffer), at, data),
  })

/** A binding that ends with its buffer goes on into the guard: an access beyond the buffer is clamped into the guard. */
const intoGuard = (entry: GPUBindGroupEntry): GPUBindGroupEntry => {
  const { resource } = entry
  if (!("buffer" in resource)) return entry
  const { guarded, size: whole, isStorage } = resource.buffer as unknown as GuardedBuffer
  const { offset = 0, size = whole - offset } = resource
  const reach = isStorage && offset + size === whole ? margin : 0
  return { ...entry, resource: { buffer: guarded, offset, size: size + reach } }
}

const guardOf = (gpu: GPUDevice, descriptor: GPUBufferDescriptor): GPUBuffer => {
  const isStorage = (descriptor.usage & GPUBufferUsage.STORAGE) !== 0
  if (!isStorage) return gpu.createBuffer(descriptor)
  const size = Math.ceil(descriptor.size / 4) * 4 + margin
  const buffer = gpu.createBuffer({ ...descriptor, size, usage: descriptor.usage | GPUBufferUsage.COPY_DST })
  gpu.queue.writeBuffer(buffer, size - margin, new Uint32Array(margin / 4).fill(canary))
  return buffer
}

const harmOf = async (gpu: GPUDevice, { guarded, label }: GuardedBuffer): Promise<readonly Harm[]> => {
  const copy = gpu.createBuffer({ size: margin, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  const encoder = gpu.createCommandEncoder()
  encoder.copyBufferToBuffer(guarded, guarded.size - margin, copy, 0, margin)
  gpu.queue.submit([encoder.finish()])
  await copy.mapAsync(GPUMapMode.READ)
  const words = [...new Uint32Array(copy.getMappedRange())]
  copy.destroy()
  return words.flatMap((found, word) => (found === canary ? [] : [{ buffer: label, word, found }]))
}

/**
 * A device whose storage buffers end in guards, which bindings include: kernels that index beyond a buffer, in one word or
 * by a billion, write into its guard or read from it where the implementation clamps indices.
 */
export const guardedGpu = (gpu: GPUDevice): GuardedGpu => {
  const all = new Set<GuardedBuffer>()
  const destroyed = new Set<GuardedBuffer>()
  const createBuffer = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    const guarded = guardOf(gpu, descriptor)
    const isStorage = (descriptor.usage & GPUBufferUsage.STORAGE) !== 0
    const buffer: GuardedBuffer = {
      guarded,
      size: descriptor.size,
      label: descriptor.label ?? "",
      isStorage,
      destroy: () => void (isStorage ? destroyed.add(buffer) : guarded.destroy()),
      mapAsync: (mode) => guarded.mapAsync(mode),
      getMappedRange: () => guarded.getMappedRange(0, descriptor.size),
    }
    if (isStorage) all.add(buffer)
    return buffer as unknown as GPUBuffer
  }
  const harm = async (): Promise<readonly Harm[]> => {
    const found: Harm[] = []
    for (const buffer of all) found.push(...(await harmOf(gpu, buffer)))
    for (const buffer of destroyed) {
      buffer.guarded.destroy()
      all.delete(buffer)
    }
    destroyed.clear()
    return found
  }
  return {
    gpu: like(gpu, {
      createBuffer,
      createBindGroup: (descriptor: GPUBindGroupDescriptor) =>
        gpu.createBindGroup({ ...descriptor, entries: [...descriptor.entries].map(intoGuard) }),
      createCommandEncoder: () => guardedEncoder(gpu.createCommandEncoder()),
      queue: guardedQueue(gpu.queue),
    }),
    harm,
  }
}
