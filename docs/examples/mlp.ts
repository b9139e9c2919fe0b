// A network with one hidden layer tells two moons apart.
import * as t from "@diva/tensor"
import { adamw, valueAndGrad, type AdamWState } from "@diva/autograd"

export const moons = (key: t.Tensor, count: number) => {
  const [angles, noise] = t.splitKey(key, 2)
  const [angle, label] = [t.uniform(angles, [count], 0, Math.PI), t.remainder(t.iota([count]), 2)]
  const inner = t.reshape(t.cast(label, "f32"), [count, 1])
  const arcs = t.mul(t.stack([t.cos(angle), t.sin(angle)], 1), t.sub(1, t.mul(inner, 2)))
  return { x: t.add(t.add(arcs, t.mul(inner, t.constant([1, 0.5]))), t.mul(t.normal(noise, [count, 2]), 0.1)), label }
}
const params = { w1: t.normal(t.key(3), [2, 32]), b1: t.zeros([32]), w2: t.mul(t.normal(t.key(4), [32, 2]), 0.2) }
type Params = typeof params
type Batch = ReturnType<typeof moons>
export const logits = (p: Params, x: t.Tensor) => t.matmul(t.gelu(t.add(t.matmul(x, p.w1), p.b1)), p.w2)
const loss = (p: Params, { x, label }: Batch) => t.crossEntropy(logits(p, x), label)
const hits = (p: Params, { x, label }: Batch) => t.sum(t.cast(t.equal(t.argmax(logits(p, x)), label), "f32"))
const optimizer = adamw({ learningRate: 0.02 })
const train = ({ params, state }: { params: Params; state: AdamWState<Params> }, batch: Batch) =>
  optimizer.update(valueAndGrad(loss)(params, batch)[1], state, params)

await using device = await t.openDevice()
const step = device.jit(train, { donate: [0] })
let model = device.put({ params, state: optimizer.init(params) })
for (let update = 0; update < 200; update++) model = await step(model, device.put(moons(t.key(1), 256)))
export const trained = await device.read(model.params)
const correct = await device.read(await device.jit(hits)(model.params, moons(t.key(2), 1000)))
console.log(`accuracy ${correct.data[0]! / 1000}`)
