// TensorFlow.js on Dawn's WebGPU.
import { readFileSync } from "node:fs"
import { createRequire, registerHooks } from "node:module"
import { serve } from "../../../../scripts/bench/serve.ts"
import { provideWebGpu, resting } from "./dawn.mjs"
import { blockShapes, noise } from "./operands.mjs"

provideWebGpu()
globalThis.window ??= globalThis
globalThis.self ??= globalThis
// Its packages are CommonJS for Node, and must be one instance.
const require = createRequire(import.meta.url)
const tf = require("@tensorflow/tfjs-core")
for (const backend of ["cpu", "webgpu"]) require(`@tensorflow/tfjs-backend-${backend}`)
// Its build for Node registers no gradients. They are in its build for bundlers, whose imports name no extensions; both
// builds share one registry.
registerHooks({
  resolve: (specifier, context, next) =>
    context.parentURL?.includes("/tfjs-core/dist/") && /^\.\.?\//.test(specifier) && !specifier.endsWith(".js")
      ? next(`${specifier}.js`, context)
      : next(specifier, context),
})
await import("@tensorflow/tfjs-core/dist/register_all_gradients.js")
await tf.setBackend("webgpu")
await tf.ready()

/** Its passes stay open until somebody reads; ended and submitted they run at once. */
const submit = () => {
  const backend = tf.backend()
  // After so many dispatches it has submitted by itself.
  if (backend.commandEncoder === null) return
  backend.endComputePassEncoder()
  backend.submitQueue()
}

let seed = 0
const array = (shape) => tf.tensor(noise(shape, seed++), [...shape])
const arrays = (shapes) => Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, array(shape)]))

const prepared = (shapes, describe) => {
  const operands = arrays(shapes)
  return {
    run: async (repeats) => {
      const begin = performance.now()
      const results = []
      for (let i = 0; i < repeats; i++) results.push(tf.tidy(() => describe(operands)))
      submit()
      await resting(() => tf.backend().queue.onSubmittedWorkDone())
      const took = performance.now() - begin
      tf.dispose(results)
      return took
    },
    dispose: () => tf.dispose(operands),
  }
}

const normalised = (x, axis) => {
  const { mean, variance } = tf.moments(x, axis, true)
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)))
}
const layerNorm = (x, weight, bias) => tf.add(tf.mul(normalised(x, -1), weight), bias)

// Its images keep channels last.
const groupNorm = (x, { channels, edge, groups }, weight, bias) => {
  const grouped = normalised(tf.reshape(x, [edge * edge, groups, channels / groups]), [0, 2])
  return tf.add(tf.mul(tf.reshape(grouped, [1, edge, edge, channels]), weight), bias)
}
const silu = (x) => tf.mul(x, tf.sigmoid(x))

const image = ({ channels, edge }) => [1, edge, edge, channels]
const weight = ({ channels }) => [3, 3, channels, channels]
const heads = ({ heads, tokens, width }) => [heads, tokens, width]
const attention = (q, k, v) =>
  tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(q.shape.at(-1)))), v)

const block = ({ tokens, width, heads }, p, x) => {
  const joint = tf.add(tf.matMul(layerNorm(x, p.scale1, p.offset1), p.wqkv), p.bqkv)
  const parts = tf.transpose(tf.reshape(joint, [tokens, 3, heads, width / heads]), [1, 2, 0, 3])
  const [q, k, v] = tf.unstack(parts, 0)
  const attended = tf.reshape(tf.transpose(attention(q, k, v), [1, 0, 2]), [tokens, width])
  const y = tf.add(x, tf.add(tf.matMul(attended, p.wo), p.bo))
  const hidden = tf.add(tf.matMul(layerNorm(y, p.scale2, p.offset2), p.w1), p.b1)
  const active = tf.mul(hidden, tf.sigmoid(tf.mul(hidden, 1.702)))
  return tf.add(y, tf.add(tf.matMul(active, p.w2), p.b2))
}

const blockGradients = (sizes, { x, ...parameters }) => {
  const names = Object.keys(parameters)
  const loss = (...values) =>
    tf.mean(tf.square(block(sizes, Object.fromEntries(values.map((value, i) => [names[i], value])), x)))
  const { value, grads } = tf.valueAndGrads(loss)(Object.values(parameters))
  return [value, ...grads]
}

const filterGradient = (x, dy, filterShape) =>
  tf
    .engine()
    .runKernel(
      "Conv2DBackpropFilter",
      { x, dy },
      { strides: [1, 1], pad: "same", dataFormat: "NHWC", dimRoundingMode: undefined, filterShape },
    )

const normShapes = (sizes) => ({ x: image(sizes), weight: [sizes.channels], bias: [sizes.channels] })
const rowShapes = ({ rows, width }) => ({ x: [rows, width], weight: [width], bias: [width] })

const offers = {
  matmul: async ({ m, n, k }) => prepared({ a: [m, k], b: [k, n] }, ({ a, b }) => tf.matMul(a, b)),
  convolution: async (sizes) =>
    prepared({ x: image(sizes), w: weight(sizes) }, ({ x, w }) => tf.conv2d(x, w, 1, "same")),
  convolutionInput: async (sizes) =>
    prepared({ g: image(sizes), w: weight(sizes) }, ({ g, w }) => tf.conv2dTranspose(g, w, image(sizes), 1, "same")),
  convolutionWeight: async (sizes) =>
    prepared({ x: image(sizes), g: image(sizes) }, ({ x, g }) => filterGradient(x, g, weight(sizes))),
  attention: async (sizes) =>
    prepared({ q: heads(sizes), k: heads(sizes), v: heads(sizes) }, ({ q, k, v }) => attention(q, k, v)),
  attentionGradient: async (sizes) =>
    prepared({ q: heads(sizes), k: heads(sizes), v: heads(sizes), g: heads(sizes) }, ({ q, k, v, g }) => {
      const { value, grads } = tf.valueAndGrads(attention)([q, k, v], g)
      return [value, ...grads]
    }),
  block: async (sizes) =>
    prepared({ ...blockShapes(sizes), x: [sizes.tokens, sizes.width] }, ({ x, ...p }) => block(sizes, p, x)),
  blockGradient: async (sizes) =>
    prepared({ ...blockShapes(sizes), x: [sizes.tokens, sizes.width] }, (operands) => blockGradients(sizes, operands)),
  layerNorm: async (sizes) => prepared(rowShapes(sizes), ({ x, weight, bias }) => layerNorm(x, weight, bias)),
  layerNormFused: async (sizes) =>
    prepared({ ...rowShapes(sizes), r: [sizes.rows, sizes.width] }, ({ x, r, weight, bias }) =>
      tf.add(r, layerNorm(tf.add(x, r), weight, bias)),
    ),
  groupNorm: async (sizes) => prepared(normShapes(sizes), ({ x, weight, bias }) => groupNorm(x, sizes, weight, bias)),
  groupNormFused: async (sizes) =>
    prepared({ ...normShapes(sizes), r: image(sizes) }, ({ x, r, weight, bias }) =>
      silu(groupNorm(tf.add(x, r), sizes, weight, bias)),
    ),
  softmax: async ({ rows, width }) => prepared({ x: [rows, width] }, ({ x }) => tf.softmax(x)),
  softmaxFused: async ({ rows, width }) =>
    prepared({ x: [rows, width], bias: [width] }, ({ x, bias }) => tf.softmax(tf.add(tf.mul(x, 0.125), bias))),
}

const { version } = JSON.parse(
  readFileSync(new URL("node_modules/@tensorflow/tfjs-core/package.json", import.meta.url), "utf8"),
)
await serve(async () => ({ version, device: "Dawn" }), offers)
