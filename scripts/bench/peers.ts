import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Participant } from "./participant.ts"

const folder = fileURLToPath(new URL("../../packages/tensor/bench/peers/", import.meta.url))

const script = (name: string, ...args: string[]): Participant["command"] => [
  process.execPath,
  `${folder}${name}`,
  ...args,
]

/** Those of the peers' lock file. */
export const installed: readonly Participant[] = [
  { name: "jax-js WebGPU", kind: "webgpu", command: script("jax.mjs", "webgpu") },
  { name: "jax-js Wasm", kind: "wasm", command: script("jax.mjs", "wasm") },
  { name: "TensorFlow.js WebGPU", kind: "webgpu", command: script("tensorflow.mjs") },
  { name: "onnxruntime-node WebGPU", kind: "webgpu", command: script("onnx.mjs", "node", "webgpu") },
  { name: "onnxruntime-web Wasm", kind: "wasm", command: script("onnx.mjs", "web", "wasm"), settles: 200 },
  { name: "onnxruntime-node CPU", kind: "native", command: script("onnx.mjs", "node", "cpu"), settles: 200 },
]

const python = (): string => process.env["DIVA_PYTHON"] || "python3"

const hasTorch = (): boolean =>
  spawnSync(python(), ["-c", "import sys, torch; sys.exit(int(torch.__version__.split('.')[0]) < 2)"]).status === 0

export const torch = (): Participant => ({
  name: "PyTorch CPU",
  kind: "native",
  command: [python(), `${folder}pytorch.py`],
  settles: 300,
})

/** Whoever is here to be compared with: the packages of the peers' own lock file where installed, PyTorch where Python has it. */
export const peers = (): readonly Participant[] => [
  ...(existsSync(`${folder}node_modules`) ? installed : []),
  ...(hasTorch() ? [torch()] : []),
]
