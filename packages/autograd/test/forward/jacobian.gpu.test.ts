import { expect, it } from "vitest"
import {
  attempt,
  constant,
  input,
  interpret,
  matmul,
  mean,
  mul,
  ones,
  openDevice,
  resize,
  sin,
  slice,
  softmax,
  square,
  sum,
  type HostArray,
  type Tensor,
} from "@diva/tensor"
import { hessian, hvp, jacobian, jvp } from "@diva/autograd"
import { expectNear, f32, numbersOf, wiggle, wiggled } from "../evaluate.ts"

/** Fewer results than arguments, and more. */
const narrow = (x: Tensor): Tensor => mean(softmax(matmul(x, wiggled([3, 2], 5))), { axis: 0 })
const wide = (x: Tensor): Tensor => sin(matmul(x, wiggled([3, 4], 6)))
const bent = (x: Tensor, w: Tensor): Tensor => sum(mul(square(sin(x)), w))

it("each column of a Jacobian is the slope along one element, whichever mode made it", () => {
  const x = wiggled([2, 3], 1)
  for (const f of [narrow, wide]) {
    const j = jacobian(f)(x)
    expect(j.shape).toEqual([...f(x).shape, 2, 3])
    const numbers = numbersOf(j)
    for (let k = 0; k < 6; k++) {
      const unit = constant(
        Array.from({ length: 6 }, (_, i) => (i === k ? 1 : 0)),
        [2, 3],
      )
      const column = numbers.filter((_, i) => i % 6 === k)
      expectNear(column, numbersOf(jvp(f)([x], [unit])[1]))
    }
  }
})

it("the Jacobian of a linear function is its matrix", () => {
  expect(numbersOf(jacobian((x: Tensor) => resize(x, [4], { mode: "nearest" }))(ones([2])))).toEqual([
    1, 0, 1, 0, 0, 1, 0, 1,
  ])
})

it("a Hessian times a direction is hvp, and it is symmetric", () => {
  const [x, w, v] = [wiggled([2, 2], 1), wiggled([2, 2], 2), wiggled([2, 2], 3)]
  const coupled = (y: Tensor, weights: Tensor): Tensor => mul(bent(y, weights), sum(square(y)))
  const h = hessian(coupled)(x, w)
  expect(h.shape).toEqual([2, 2, 2, 2])
  const [rows, direction] = [numbersOf(h), numbersOf(v)]
  const product = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].reduce((s, k) => s + rows[4 * i + k]! * direction[k]!, 0))
  expectNear(product, numbersOf(hvp(coupled)(x, v, w)))
  expectNear(
    rows,
    [0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3].map((k) => rows[4 * k + i]!)),
  )
})

it("both are what the device computes", async () => {
  await using device = await openDevice()
  const program = ({ x, w }: { readonly x: Tensor; readonly w: Tensor }) => ({
    jacobians: [jacobian(narrow)(x), jacobian(wide)(x)],
    hessian: hessian(bent)(slice(x, { ends: [2, 2] }), w),
  })
  const given = { x: f32(wiggle(6, 1), [2, 3]), w: f32(wiggle(4, 2), [2, 2]) }
  using compiled = await device.compile(program, given)
  const got = await device.read(compiled(given))
  const leaf = (path: "x" | "w"): Tensor => input({ shape: given[path].shape, dtype: "f32" }, path)
  const values = new Map<string, HostArray>(Object.entries(given))
  const want = interpret(program({ x: leaf("x"), w: leaf("w") }), values)
  for (const [a, b] of [
    ...got.jacobians.map((j, i) => [j, want.jacobians[i]!] as const),
    [got.hessian, want.hessian] as const,
  ])
    expectNear([...a.data], [...b.data])
})

it("integers have none", () => {
  const refused = attempt(() => jacobian((x: Tensor) => x)(constant([1, 2], [2], "i32")))
  expect("left" in refused && refused.left.message).toMatch(/NotDifferentiable in jacobian: the argument i32\[2\]/)
})
