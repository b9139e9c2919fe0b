// Runs under the pinned Node in a process of its own: a broken driver may crash, and must not take setup with it.
// Prints one JSON line: { "adapter": "..." } after a real kernel gave the right numbers, or { "problem": "..." }.
import { isDeepStrictEqual } from "node:util"

const doubling = `@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) { y[id.x] = 2u * id.x; }`

/** @param {GPUDevice} device */
const runKernel = async (device) => {
  const usage = GPUBufferUsage
  const y = device.createBuffer({ size: 32, usage: usage.STORAGE | usage.COPY_SRC })
  const read = device.createBuffer({ size: 32, usage: usage.MAP_READ | usage.COPY_DST })
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: doubling }) },
  })
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: y } }],
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, group)
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(y, 0, read, 0, 32)
  device.queue.submit([encoder.finish()])
  await read.mapAsync(GPUMapMode.READ)
  return [...new Uint32Array(read.getMappedRange())]
}

/** @returns {Promise<{ readonly adapter: string } | { readonly problem: string }>} */
const probe = async () => {
  const { create, globals } = await import("webgpu")
  Object.assign(globalThis, globals)
  const gpu = create([])
  const adapter = await gpu.requestAdapter()
  if (adapter === null) return { problem: "Dawn finds no WebGPU adapter" }
  const name = adapter.info.description || adapter.info.device || adapter.info.vendor
  const device = await adapter.requestDevice()
  const got = await runKernel(device)
  device.destroy()
  return isDeepStrictEqual(got, [0, 2, 4, 6, 8, 10, 12, 14])
    ? { adapter: name }
    : { problem: `adapter ${name} computes wrongly: doubling 0..7 gave ${got.join(" ")}` }
}

const result = await probe().catch((/** @type {unknown} */ error) => ({ problem: String(error) }))
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
