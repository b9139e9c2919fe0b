// Shapes in types: what does not fit is red in the editor, before anything runs.
import { openDevice } from "@diva/tensor"
import { add, matmul, mean, rearrange, relu, shaped, softmax, transpose, zeros } from "@diva/tensor/shaped"
import type { Tensor } from "@diva/tensor"

/** Self-attention of four heads, from [batch, time, 3 × 32] to [batch, time, 32]. */
const attend = ({ x }: { readonly x: Tensor }) => {
  const [q, k, v] = [0, 1, 2].map(() => rearrange(shaped(x, [2, 5, 32]), "b t (h d) -> b h t d", { h: 4, d: 8 }))
  const scores = softmax(matmul(q!, transpose(k!))) // Shaped<readonly [2, 4, 5, 5]>
  const mixed = rearrange(matmul(scores, v!), "b h t d -> b t (h d)")
  return mean(relu(add(mixed, zeros([32]))), { axis: 1 })
  // matmul(scores, zeros([6, 8]))
  //   error: "matmul of [2, 4, 5, 5] and [6, 8]: the last axis of the first must be the last but one of the second"
}

await using device = await openDevice()
const spec = { shape: [2, 5, 32], dtype: "f32" } as const
const run = await device.compile(attend, { x: spec })
const { shape, data } = await device.read(run({ x: { ...spec, data: new Float32Array(320).fill(1) } }))
console.log(shape.join(" × "), data[0])
