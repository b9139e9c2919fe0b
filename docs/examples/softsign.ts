// An elementwise op of one's own: its reference, its WGSL, its slope.
import { jvp, valueAndGrad, vmap } from "@diva/autograd"
import { abs, add, applyOp, constant, div, openDevice, pointwiseOp, square, sum, wgsl, type Tensor } from "@diva/tensor"

export const softsignOp = pointwiseOp({
  name: "softsign",
  doc: "softsign(x) = x / (1 + |x|)",
  takes: ["f32"],
  arity: 1,
  cpu: (x) => x! / (1 + Math.abs(x!)),
  wgsl: ([x]) => wgsl`(${x} / (1.0f + abs(${x})))`,
  vjp: ({ inputs: [x], cotangent }) => [div(cotangent, square(add(abs(x!), 1)))],
  flops: 3,
  shows: [{ x: [0, 1, -3], gives: [0, 0.5, -0.75] }],
})

export const softsign = (x: Tensor): Tensor => applyOp(softsignOp, [x], {})

if (import.meta.main) {
  await using device = await openDevice()
  const total = (x: Tensor): Tensor => sum(softsign(x))
  const run = device.jit((x: Tensor) => ({
    gradient: valueAndGrad(total)(x)[1],
    slope: jvp(softsign)([x], [x])[1],
    each: vmap(total)(x),
  }))
  const { gradient, slope, each } = await device.read(await run(constant([0, 1, -3])))
  console.log(gradient.data, slope.data, each.data)
}
