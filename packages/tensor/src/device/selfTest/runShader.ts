/** Numbers given to a test's shader, or room for what it writes. */
export type Words = Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Float16Array<ArrayBuffer>

const storage = (): number => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST

/** A buffer that holds `words`. */
export const bufferOfWords = (gpu: GPUDevice, words: Words): GPUBuffer => {
  const buffer = gpu.createBuffer({ size: words.byteLength, usage: storage() })
  // As bytes: Dawn's binding for Node does not know the size of a Float16Array's elements, and divides by it.
  gpu.queue.writeBuffer(buffer, 0, new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
  return buffer
}

const checked = async <A>(gpu: GPUDevice, work: () => Promise<A>): Promise<A> => {
  gpu.pushErrorScope("validation")
  const outcome = await work().then(
    (value) => ({ value }),
    (reason: unknown) => ({ reason }),
  )
  const error = await gpu.popErrorScope()
  if (error !== null) throw new Error(error.message)
  if ("reason" in outcome) throw outcome.reason
  return outcome.value
}

const readBack = async (gpu: GPUDevice, buffers: readonly GPUBuffer[]): Promise<readonly ArrayBuffer[]> => {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
  const copies = buffers.map(({ size }) => gpu.createBuffer({ size, usage }))
  const encoder = gpu.createCommandEncoder()
  for (const [i, buffer] of buffers.entries()) encoder.copyBufferToBuffer(buffer, 0, copies[i]!, 0, buffer.size)
  gpu.queue.submit([encoder.finish()])
  await Promise.all(copies.map((copy) => copy.mapAsync(GPUMapMode.READ)))
  return copies.map((copy) => {
    const bytes = copy.getMappedRange().slice(0)
    copy.destroy()
    return bytes
  })
}

/** Runs one workgroup of a shader on resources bound in order, and reads `buffers` back. Throws what the device says. */
export const runBound = async (
  gpu: GPUDevice,
  code: string,
  resources: readonly GPUBufferBinding[],
  buffers: readonly GPUBuffer[],
): Promise<readonly ArrayBuffer[]> =>
  checked(gpu, async () => {
    const module = gpu.createShaderModule({ code })
    const pipeline = await gpu.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } })
    const entries = resources.map((resource, binding) => ({ binding, resource }))
    const group = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
    const encoder = gpu.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(1)
    pass.end()
    gpu.queue.submit([encoder.finish()])
    return readBack(gpu, buffers)
  })

/** Runs one workgroup of a shader: `given` in its first bindings, room for so many bytes in each of those that follow. */
export const runShader = async (
  gpu: GPUDevice,
  code: string,
  given: readonly Words[],
  roomBytes: readonly number[],
): Promise<readonly ArrayBuffer[]> => {
  const inputs = given.map((words) => bufferOfWords(gpu, words))
  const outputs = roomBytes.map((size) => gpu.createBuffer({ size, usage: storage() }))
  const all = [...inputs, ...outputs]
  try {
    const resources = all.map((buffer) => ({ buffer }))
    return await runBound(gpu, code, resources, outputs)
  } finally {
    for (const buffer of all) buffer.destroy()
  }
}
