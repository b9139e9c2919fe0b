import { afterAll, beforeAll, expect, it } from "vitest"
import {
  constant,
  f32,
  interpret,
  linear,
  mean,
  openDevice,
  softmax,
  square,
  sub,
  tanh,
  type Device,
  type Tensor,
} from "@diva/tensor"
import { hvp, jvp } from "@diva/autograd"
import { wiggle } from "../evaluate.ts"

let device: Device
beforeAll(async () => {
  device = await openDevice()
})
afterAll(async () => {
  await device.close()
})

it("the device agrees with the reference on a slope and a Hessian-vector product of a network", async () => {
  const loss = (w: Tensor, x: Tensor): Tensor => mean(square(sub(softmax(tanh(linear(x, w))), 0.2)))
  const program = ({ w, v, x }: { readonly w: Tensor; readonly v: Tensor; readonly x: Tensor }) => ({
    slope: jvp(loss)([w, x], [v, null])[1],
    product: hvp(loss)(w, v, x),
  })
  const given = {
    w: f32([5, 4], wiggle(20, 1)),
    v: f32([5, 4], wiggle(20, 2)),
    x: f32([3, 4], wiggle(12, 3)),
  }
  using compiled = await device.compile(program, given)
  const got = await device.read(compiled(given))
  const leaf = ({ data, shape }: (typeof given)["w"]): Tensor => constant([...data], shape)
  const want = interpret(program({ w: leaf(given.w), v: leaf(given.v), x: leaf(given.x) }))
  expect(got.slope.data[0]).toBeCloseTo(want.slope.data[0]!, 6)
  want.product.data.forEach((value, i) => expect(got.product.data[i]).toBeCloseTo(value, 6))
})
