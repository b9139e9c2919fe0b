import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ops } from "../../src/ops/registry.ts"
import { bufferOfWords, runBound } from "../../src/device/selfTest/runShader.ts"
import { expectWithin, openGuarded, type GuardedDevice } from "./guardedDevice.ts"

let guarded: GuardedDevice
beforeAll(async () => {
  guarded = await openGuarded()
})
afterAll(() => guarded.close())

/** What the guards tell of a shader that writes so many words behind its buffer. */
const harmOfWrite = async (beyond: number): Promise<number> => {
  const { gpu, harm } = guarded
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  const target = gpu.createBuffer({ size: 64, usage, label: "target" })
  const shift = bufferOfWords(gpu, Uint32Array.of(beyond, 0, 0, 0))
  const code = `@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@group(0) @binding(1) var<storage, read> shift: array<u32>;
@compute @workgroup_size(1) fn main() { out[16u + shift[0]] = 1u; }`
  await runBound(gpu, code, [{ buffer: target }, { buffer: shift }], [])
  for (const buffer of [target, shift]) buffer.destroy()
  return (await harm()).filter(({ buffer, found }) => buffer === "target" && found === 1).length
}

/** One op of every family of kernels; the rest are in the sweep. */
const representatives = new Set(["add", "contract", "conv2d", "attention", "sum", "scatterAdd", "take"])

describe("with buffers that end in guards and every index clamped, kernels neither write nor read beyond a buffer:", () => {
  it.each(ops.filter(({ name }) => representatives.has(name)).map((op) => [op.name, op] as const))(
    "%s",
    async (_name, op) => {
      await expectWithin(guarded, op)
    },
  )
})

describe("the guards", () => {
  it("tell of a kernel that writes behind its buffer, near or far", async () => {
    for (const beyond of [0, 17, 1_000_000_000]) expect(await harmOfWrite(beyond)).toBe(1)
  })
})
