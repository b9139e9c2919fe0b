// onnxruntime:  node onnx.mjs node cpu|webgpu,  or  node onnx.mjs web wasm.  Operands of `node webgpu` come from host memory.
import { readFileSync } from "node:fs"
import { serve } from "../../../../scripts/bench/serve.ts"
import { resting } from "./dawn.mjs"
import { model, node } from "./onnxModel.mjs"
import { noise } from "./operands.mjs"

const [flavour = "node", provider = "cpu"] = process.argv.slice(2)
const { default: runtime, ...named } = await (flavour === "node"
  ? import("onnxruntime-node")
  : import("onnxruntime-web"))
const { InferenceSession, Tensor, env } = runtime ?? named
env.wasm.numThreads = 2

const run = (session, feeds) => (provider === "webgpu" ? resting(() => session.run(feeds)) : session.run(feeds))

const prepared = async ({ nodes, inputs, output, constants }) => {
  const session = await InferenceSession.create(new Uint8Array(model({ nodes, inputs, output, constants })), {
    executionProviders: [provider],
    intraOpNumThreads: 2,
  })
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, shape], i) => [name, new Tensor("float32", noise(shape, i), shape)]),
  )
  return {
    run: async (repeats) => {
      const begin = performance.now()
      for (let i = 0; i < repeats; i++) await run(session, feeds)
      return performance.now() - begin
    },
    dispose: () => session.release(),
  }
}

const image = ({ channels, edge }) => [1, channels, edge, edge]
const scalar = (value) => ({ shape: [1], data: Float32Array.of(value) })
const normalised = ["x", "weight", "bias"]

const offers = {
  matmul: ({ m, n, k }) =>
    prepared({ nodes: [node("MatMul", ["a", "b"], "y")], inputs: { a: [m, k], b: [k, n] }, output: ["y", [m, n]] }),
  convolution: (sizes) =>
    prepared({
      nodes: [node("Conv", ["x", "w"], "y", { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] })],
      inputs: { x: image(sizes), w: [sizes.channels, sizes.channels, 3, 3] },
      output: ["y", image(sizes)],
    }),
  attention: ({ heads, tokens, width }) => {
    const shape = [heads, tokens, width]
    return prepared({
      nodes: [
        node("Transpose", ["k"], "kt", { perm: [0, 2, 1] }),
        node("MatMul", ["q", "kt"], "s"),
        node("Mul", ["s", "scale"], "t"),
        node("Softmax", ["t"], "p", { axis: -1 }),
        node("MatMul", ["p", "v"], "y"),
      ],
      inputs: { q: shape, k: shape, v: shape },
      output: ["y", shape],
      constants: { scale: scalar(1 / Math.sqrt(width)) },
    })
  },
  layerNorm: ({ rows, width }) =>
    prepared({
      nodes: [node("LayerNormalization", normalised, "y", { axis: -1 })],
      inputs: { x: [rows, width], weight: [width], bias: [width] },
      output: ["y", [rows, width]],
    }),
  layerNormFused: ({ rows, width }) =>
    prepared({
      nodes: [
        node("Add", ["x", "r"], "s"),
        node("LayerNormalization", ["s", "weight", "bias"], "n", { axis: -1 }),
        node("Add", ["r", "n"], "y"),
      ],
      inputs: { x: [rows, width], r: [rows, width], weight: [width], bias: [width] },
      output: ["y", [rows, width]],
    }),
  softmax: ({ rows, width }) =>
    prepared({
      nodes: [node("Softmax", ["x"], "y", { axis: -1 })],
      inputs: { x: [rows, width] },
      output: ["y", [rows, width]],
    }),
  softmaxFused: ({ rows, width }) =>
    prepared({
      nodes: [
        node("Mul", ["x", "scale"], "s"),
        node("Add", ["s", "bias"], "t"),
        node("Softmax", ["t"], "y", { axis: -1 }),
      ],
      inputs: { x: [rows, width], bias: [width] },
      output: ["y", [rows, width]],
      constants: { scale: scalar(0.125) },
    }),
}

const { version } = JSON.parse(
  readFileSync(new URL(`node_modules/onnxruntime-${flavour}/package.json`, import.meta.url), "utf8"),
)
const devices = {
  cpu: "CPU, 2 threads",
  webgpu: "its own Dawn; copies from and to host included",
  wasm: "WebAssembly, 2 threads",
}
await serve(async () => ({ version, device: devices[provider] }), offers)
