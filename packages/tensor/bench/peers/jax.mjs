// jax-js on Dawn's WebGPU or on WebAssembly:  node jax.mjs webgpu|wasm
import { readFileSync } from "node:fs"
import { serve } from "../../../../scripts/bench/serve.ts"
import { provideWebGpu, resting } from "./dawn.mjs"
import { blockShapes, noise } from "./operands.mjs"

const backend = process.argv[2] ?? "webgpu"
if (backend === "webgpu") provideWebGpu()
const {
  numpy: np,
  nn,
  lax,
  jit,
  grad,
  valueAndGrad,
  init,
  defaultDevice,
  blockUntilReady,
  tree,
} = await import("@jax-js/jax")
await init(backend)
defaultDevice(backend)

const finish = (results) => (backend === "webgpu" ? resting(() => blockUntilReady(results)) : blockUntilReady(results))

let seed = 0
const array = (shape) => np.array(noise(shape, seed++)).reshape([...shape])
const arrays = (shapes) => Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, array(shape)]))

/** jax-js counts references: every use of an operand takes one. */
const shared = (operands) => Object.fromEntries(Object.entries(operands).map(([name, each]) => [name, each.ref]))

/** A jitted function of one record of operands. */
const prepared = (shapes, describe) => {
  const operands = arrays(shapes)
  const compiled = jit(describe)
  return {
    run: async (repeats) => {
      const begin = performance.now()
      const results = []
      for (let i = 0; i < repeats; i++) results.push(compiled(shared(operands)))
      await finish(results)
      const took = performance.now() - begin
      for (const each of results) tree.dispose(each)
      return took
    },
    dispose: () => {
      tree.dispose(operands)
      compiled.dispose?.()
    },
  }
}

const layerNorm = (x, weight, bias) => np.add(np.multiply(nn.standardize(x, -1), weight), bias)

const groupNorm = (x, { channels, edge, groups }, weight, bias) => {
  const flat = nn.standardize(x.reshape([groups, (channels / groups) * edge * edge]), -1)
  const y = flat.reshape([1, channels, edge, edge])
  return y.mul(weight.reshape([channels, 1, 1])).add(bias.reshape([channels, 1, 1]))
}

const image = ({ channels, edge }) => [1, channels, edge, edge]
const weight = ({ channels }) => [channels, channels, 3, 3]
const convolve = (x, w) => lax.conv(x, w, [1, 1], "SAME")
// jax-js keeps heads behind tokens.
const heads = ({ heads, tokens, width }) => [1, tokens, heads, width]

const block = ({ tokens, width, heads }, p, x) => {
  const qkv = np
    .matmul(layerNorm(x.ref, p.scale1, p.offset1), p.wqkv)
    .add(p.bqkv)
    .reshape([1, tokens, 3, heads, width / heads])
  const [q, k, v] = np.split(qkv, 3, 2).map((part) => part.reshape([1, tokens, heads, width / heads]))
  const attended = nn.dotProductAttention(q, k, v).reshape([tokens, width])
  const y = x.add(np.matmul(attended, p.wo).add(p.bo))
  const hidden = np.matmul(layerNorm(y.ref, p.scale2, p.offset2), p.w1).add(p.b1)
  const active = hidden.ref.mul(nn.sigmoid(hidden.mul(1.702)))
  return y.add(np.matmul(active, p.w2).add(p.b2))
}

const normShapes = ({ channels, edge }) => ({ x: [1, channels, edge, edge], weight: [channels], bias: [channels] })
const rowShapes = ({ rows, width }) => ({ x: [rows, width], weight: [width], bias: [width] })

const offers = {
  matmul: async ({ m, n, k }) => prepared({ a: [m, k], b: [k, n] }, ({ a, b }) => np.matmul(a, b)),
  convolution: async (sizes) => prepared({ x: image(sizes), w: weight(sizes) }, ({ x, w }) => convolve(x, w)),
  // The forward value is used by nothing, so that the compiler drops it.
  convolutionInput: async (sizes) =>
    prepared({ x: image(sizes), w: weight(sizes), g: image(sizes) }, ({ x, w, g }) =>
      grad((x) => np.sum(convolve(x, w).mul(g)))(x),
    ),
  convolutionWeight: async (sizes) =>
    prepared({ x: image(sizes), w: weight(sizes), g: image(sizes) }, ({ x, w, g }) =>
      grad((w) => np.sum(convolve(x, w).mul(g)))(w),
    ),
  attention: async (sizes) =>
    prepared({ q: heads(sizes), k: heads(sizes), v: heads(sizes) }, ({ q, k, v }) => nn.dotProductAttention(q, k, v)),
  attentionGradient: async (sizes) =>
    prepared({ q: heads(sizes), k: heads(sizes), v: heads(sizes), g: heads(sizes) }, ({ g, ...at }) =>
      valueAndGrad(({ q, k, v }) => np.sum(nn.dotProductAttention(q, k, v).mul(g)))(at),
    ),
  block: async (sizes) =>
    prepared({ ...blockShapes(sizes), x: [sizes.tokens, sizes.width] }, ({ x, ...p }) => block(sizes, p, x)),
  blockGradient: async (sizes) =>
    prepared({ ...blockShapes(sizes), x: [sizes.tokens, sizes.width] }, ({ x, ...p }) =>
      valueAndGrad((p) => np.mean(np.square(block(sizes, p, x))))(p),
    ),
  layerNorm: async (sizes) => prepared(rowShapes(sizes), ({ x, weight, bias }) => layerNorm(x, weight, bias)),
  layerNormFused: async (sizes) =>
    prepared({ ...rowShapes(sizes), r: [sizes.rows, sizes.width] }, ({ x, r, weight, bias }) =>
      layerNorm(x.add(r.ref), weight, bias).add(r),
    ),
  groupNorm: async (sizes) => prepared(normShapes(sizes), ({ x, weight, bias }) => groupNorm(x, sizes, weight, bias)),
  groupNormFused: async (sizes) =>
    prepared({ ...normShapes(sizes), r: image(sizes) }, ({ x, r, weight, bias }) =>
      nn.silu(groupNorm(x.add(r), sizes, weight, bias)),
    ),
  softmax: async ({ rows, width }) => prepared({ x: [rows, width] }, ({ x }) => nn.softmax(x, -1)),
  softmaxFused: async ({ rows, width }) =>
    prepared({ x: [rows, width], bias: [width] }, ({ x, bias }) => nn.softmax(x.mul(0.125).add(bias), -1)),
}

// Its direct convolution in WebAssembly takes twenty seconds a run at the sizes measured here.
const tooSlow = async () => {
  throw new Error("takes about twenty seconds a run: not measured")
}
if (backend === "wasm")
  Object.assign(offers, { convolution: tooSlow, convolutionInput: tooSlow, convolutionWeight: tooSlow })

const { version } = JSON.parse(readFileSync(new URL("node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"))
await serve(async () => ({ version, device: backend === "webgpu" ? "Dawn" : "WebAssembly" }), offers)
