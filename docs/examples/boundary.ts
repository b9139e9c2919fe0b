// Where the network of mlp.ts draws its border between the moons, as a picture.
import * as t from "@diva/tensor"
import * as plot from "@diva/tensor/plot"
import { logits, moons, trained } from "./mlp.ts"

const [x, y] = [[-1.6, 2.6] as const, [-1.2, 1.7] as const]
const [columns, rows] = [140, 96]
const across = t.add(t.linspace(...x, columns), t.zeros([rows, 1]))
const up = t.add(t.reshape(t.linspace(y[1], y[0], rows), [rows, 1]), t.zeros([columns]))

/** The probability of the second moon at every point of the grid. */
const probability = (params: { readonly w1: t.Tensor; readonly b1: t.Tensor; readonly w2: t.Tensor }) => {
  const points = t.reshape(t.stack([across, up], 2), [rows * columns, 2])
  const second = t.slice(t.softmax(logits(params, points)), { starts: [0, 1], ends: [rows * columns, 2] })
  return t.reshape(second, [rows, columns])
}

await using device = await t.openDevice()
const { x: points, label } = moons(t.key(2), 300)
const border = await plot.heatmap(await device.jit(probability)(trained), { x, y, range: [0, 1], points, label })
border.show()
await border.save(process.argv[2] ?? "moons.png")
