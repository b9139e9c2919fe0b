import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { gpuDeclarations, gpuTypesIn, ownGpuTypes } from "../publish/gpuDeclarations.ts"

it("finds WebGPU's types in declarations, and none in what comments say of a GPU", () => {
  expect(
    gpuTypesIn("/** A GPU's buffer, a GPUTexture. */\nreadonly gpu: GPUDevice // a GPUQueue\nof: GPUBuffer"),
  ).toEqual(["GPUBuffer", "GPUDevice"])
})

it("declares each type as the global one where there is one, with what it names in turn", () => {
  expect(gpuDeclarations(["GPUBufferBinding"])).toBe(
    "export type GPUBuffer = typeof globalThis extends { GPUBuffer: { prototype: infer Own } } ? Own : { destroy: () => void }\n" +
      "export type GPUBufferBinding = { buffer: GPUBuffer; offset?: number; size?: number }\n",
  )
})

it("lets modules at any depth import them from the folder, and leaves the others alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "diva-declarations-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, "device", "programs"), { recursive: true })
  const files = {
    "index.d.ts": "export declare const a: number",
    "device/programs/encode.d.ts": "export declare const encode: (encoder: GPUCommandEncoder) => void",
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  ownGpuTypes(folder)
  expect(readFileSync(join(folder, "index.d.ts"), "utf8")).toBe(files["index.d.ts"])
  expect(readFileSync(join(folder, "device/programs/encode.d.ts"), "utf8")).toBe(
    `import type { GPUCommandEncoder } from "../../webgpu.js";\n${files["device/programs/encode.d.ts"]}`,
  )
  expect(readFileSync(join(folder, "webgpu.d.ts"), "utf8")).toBe(gpuDeclarations(["GPUCommandEncoder"]))
})
