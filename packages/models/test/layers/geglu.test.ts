import { geglu, input, interpret, linear, planOf, type KernelFacts, type Tensor } from "@diva/tensor"
import { expect, test } from "vitest"
import { initialise, specsOf, type Params } from "../../src/index.ts"
import { gegluLayer } from "../../src/layers/gegluLayer.ts"

const layer = gegluLayer("ff", { from: 64, to: 256 })
const specs = { params: specsOf(layer.parameters), x: { shape: [2, 128, 64], dtype: "f32" } } as const

interface Arguments {
  readonly params: Params
  readonly x: Tensor
}

const apply = ({ params, x }: Arguments): Tensor => layer.apply({ params }, x)

const oneProduct = ({ params, x }: Arguments): Tensor => geglu(linear(x, params["ff.weight"]!, params["ff.bias"]!))

const limits: KernelFacts = {
  storageBuffers: 8,
  bindingBytes: 1 << 27,
  workgroupsPerAxis: 65_535,
  subgroupSize: 8,
  isSoftware: true,
  textureExtent: 16_384,
}

test("two products with the halves of the weights are the gated halves of one product", () => {
  const arrays = initialise(layer.parameters, 3)
  const params = Object.fromEntries(Object.entries(arrays).map(([name, spec]) => [name, input(spec, name)]))
  const x = input({ shape: [2, 3, 64], dtype: "f32" }, "x")
  const data = Float32Array.from({ length: 2 * 3 * 64 }, (_, i) => Math.sin(i))
  const given = new Map([...Object.entries(arrays), ["x", { shape: x.shape, dtype: x.dtype, data }] as const])
  expect(interpret(apply({ params, x }), given).data).toEqual(interpret(oneProduct({ params, x }), given).data)
})

test("the halves of the weights are read where they lie, and erf is computed once", () => {
  const { steps, values } = planOf(apply, specs, limits)
  expect(steps.map(({ family }) => family)).toEqual(["contract", "contract", "pointwise"])
  expect(steps.filter(({ wgsl }) => wgsl.includes("= erf_f32("))).toHaveLength(1)
  const product = { shape: [2, 128, 256], dtype: "f32" }
  expect(values.filter(({ storage }) => storage.kind === "slot").map(({ spec }) => spec)).toEqual([product, product])
})

test("what is observed is the reference's linear map: value and gate side by side", () => {
  const params = Object.fromEntries(
    layer.parameters.map(({ name, shape }) => [name, input({ shape, dtype: "f32" }, name)]),
  )
  const seen: [string, Tensor][] = []
  layer.apply({ params, observe: (name, value) => seen.push([name, value]) }, input(specs.x, "x"))
  expect(seen.map(([name, { shape }]) => [name, shape])).toEqual([["ff", [2, 128, 512]]])
})
