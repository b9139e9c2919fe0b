import { expect, it } from "vitest"
import {
  attempt,
  input,
  interpret,
  mul,
  ones,
  openDevice,
  reshape,
  sliceAxis,
  square,
  squeeze,
  stack,
  sum,
  type HostArray,
  type Tensor,
} from "@diva/tensor"
import { checkGradient, grad, jvp, vmap } from "@diva/autograd"
import { readFileSync } from "node:fs"
import { runningSum } from "../../../docs/examples/runningSum.ts"
import { softsign, softsignOp } from "../../../docs/examples/softsign.ts"
import { f32, wiggle } from "./evaluate.ts"

const value = (seed: number): HostArray => f32(wiggle(12, seed), [3, 4])

const all = ({ x, v }: { readonly x: Tensor; readonly v: Tensor }) =>
  [softsign, runningSum].flatMap((f) => [f(x), jvp(f)([x], [v])[1], grad((y: Tensor) => sum(mul(f(y), v)))(x)])

it("ops written outside the package give values, slopes and gradients on the device as by their references", async () => {
  await using device = await openDevice()
  const [x, v] = [value(1), value(2)]
  const spec = { shape: x.shape, dtype: x.dtype } as const
  using compiled = await device.compile(all, { x: spec, v: spec })
  const got = await device.read(compiled({ x, v }))
  const want = interpret(
    all({ x: input(spec, "x"), v: input(spec, "v") }),
    new Map([
      ["x", x],
      ["v", v],
    ]),
  )
  want.forEach(({ data }, i) => data.forEach((each, k) => expect(got[i]!.data[k]).toBeCloseTo(each, 5)))
})

it("their gradients are those of a finite difference", () => {
  for (const f of [softsign, runningSum])
    expect(
      checkGradient({ f: ({ x }: { readonly x: Tensor }) => sum(square(f(x))), at: { x: value(3) }, seed: 1 }),
    ).toMatchObject({ pass: true })
})

it("they are mapped, the elementwise one without a rule", () => {
  const x = input({ shape: [3, 4], dtype: "f32" }, "x")
  const given = new Map([["x", value(1)]])
  expect([...interpret(vmap(softsign)(x), given).data]).toEqual([...interpret(softsign(x), given).data])
  const matrices = reshape(x, [3, 2, 2])
  const each = stack([0, 1, 2].map((i) => runningSum(squeeze(sliceAxis(matrices, 0, i, i + 1), 0))))
  expect([...interpret(vmap(runningSum)(matrices), given).data]).toEqual([...interpret(each, given).data])
  expect(softsignOp.shows[0]!.output.values).toEqual([0, 0.5, -0.75])
})

it("its shape rule throws where it is called, with the names of its axes", () => {
  const refused = attempt(() => runningSum(ones([3])))
  const { message, at } = "left" in refused ? refused.left : { message: "", at: "" }
  expect(message).toMatch(/ShapeMismatch in runningSum: x must be a matrix of f32\n {2}x {2}f32\[length 3\]/)
  expect(at).toMatch(/runningSum\.ts:\d+/)
})

it("neither is written with fp-ts", () => {
  for (const name of ["runningSum", "softsign"]) {
    const text = readFileSync(new URL(`../../../docs/examples/${name}.ts`, import.meta.url), "utf8")
    expect(text).not.toMatch(/fp-ts|effect/)
  }
})
