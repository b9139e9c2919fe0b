// Looking at numbers: values, statistics, curves, pictures.
import { cos, f32, linspace, mul, openDevice, outer, sin, stack, type Tensor } from "@diva/tensor"
import * as plot from "@diva/tensor/plot"

await mul(linspace(1, 2, 3), 10).show() // computed by the ops' references

await using device = await openDevice()
const angles = device.put(linspace(0, 6, 80))
const waves = device.jit(({ x }: { readonly x: Tensor }) => ({
  curves: stack([sin(x), cos(x)]),
  product: outer(sin(x), cos(x)),
}))
const { curves, product } = await waves({ x: angles })
await device.show({ first: f32([2, 2], [1, 2, 3, 4]), answer: 42 })

const drawn = await plot.line(curves, { x: angles, title: "sin x and cos x" })
drawn.show({ columns: 40, rows: 6 })
const folder = process.argv[2] ?? "."
await drawn.save(`${folder}/waves.png`)
await (await plot.heatmap(product, { title: "sin y cos x" })).save(`${folder}/product.png`)
