import { expect, it } from "vitest"
import { runningSum, runningSumOp, stretches, walk } from "../../../../docs/examples/runningSum.ts"
import {
  input,
  interpret,
  mul,
  openDevice,
  planOf,
  transpose,
  type Choice,
  type HostArray,
  type KernelFacts,
  type Tensor,
} from "../../src/index.ts"

type Program = (args: { readonly x: Tensor }) => Tensor

const programs: readonly (readonly [string, readonly [number, number], Program])[] = [
  ["whole rows", [3, 130], ({ x }) => runningSum(x)],
  ["columns, as a transposed view", [70, 65], ({ x }) => runningSum(transpose(x))],
  ["with a tail", [2, 1], ({ x }) => mul(runningSum(x), 2)],
]

const argument = (shape: readonly number[]): HostArray => ({
  shape,
  dtype: "f32",
  data: Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => ((i * 37) % 19) - 9),
})

const chooseWay = (name: string) => (decision: { candidates: readonly Choice[]; others: readonly Choice[] }) =>
  [...decision.candidates, ...decision.others].find(({ way }) => way === name)!

it.each([walk, stretches].flatMap((way) => programs.map((program) => [way.name, ...program] as const)))(
  "an op outside the package is computed by its way %s: %s",
  async (way, _name, shape, program) => {
    await using device = await openDevice({ choose: chooseWay(way) })
    const x = argument(shape)
    const specs = { x: { shape, dtype: "f32" as const } }
    using compiled = await device.compile(program, specs)
    expect(compiled.plan.steps.map(({ choice }) => choice)).toEqual([{ way }])
    const { data } = await device.read(compiled({ x }))
    expect([...data]).toEqual([...interpret(program({ x: input(specs.x, "x") }), new Map([["x", x]])).data])
  },
)

const facts: KernelFacts = {
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65_535,
  subgroupSize: 0,
  textureExtent: 0,
  workgroupMemory: 16_384,
}

it("its ways compete by cost on an adapter that is not there, and need what they need", () => {
  const wayOn = (given: KernelFacts, shape: readonly [number, number]) =>
    planOf(({ x }: { readonly x: Tensor }) => runningSum(x), { x: { shape, dtype: "f32" } }, given).steps[0]!.choice
  expect(wayOn(facts, [4, 4096])).toEqual({ way: "stretches" })
  expect(wayOn(facts, [1 << 20, 16])).toEqual({ way: "walk" })
  expect(wayOn({ ...facts, workgroupMemory: 0 }, [4, 4096])).toEqual({ way: "walk" })
})

it("its example holds", () => {
  const [{ inputs, output }] = runningSumOp.shows as readonly [(typeof runningSumOp.shows)[number]]
  const x = { ...inputs[0]!, dtype: "f32" as const, data: Float32Array.from(inputs[0]!.values) }
  const result = interpret(runningSum(input(x, "x")), new Map([["x", x]]))
  expect([...result.data]).toEqual(output.values)
})
