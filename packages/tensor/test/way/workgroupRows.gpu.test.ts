import { describe, expect, it } from "vitest"
import {
  add,
  groupNorm,
  input,
  interpret,
  openDevice,
  max,
  mul,
  softmax,
  sum,
  type Choice,
  type Decision,
} from "../../src/index.ts"
import type { HostArray, KernelFacts, Shape, Tensor } from "../../src/index.ts"
import { separateSteps } from "../plan/separateSteps.ts"
import { noise } from "./matrixCases.ts"

/** What any adapter of a browser has, and one with subgroups of a fixed size. */
const adapters = {
  "without subgroups": {
    isSoftware: false,
    subgroupSize: 0,
    textureExtent: 0,
    workgroupMemory: 16_384,
    invocations: 256,
  },
  "with subgroups": { isSoftware: false, subgroupSize: 8, textureExtent: 0, workgroupMemory: 16_384, invocations: 256 },
} as const

/** How columns are shared: by workgroups of a few, or in parts. */
let wantedShare = "tile"

const choose = ({ candidates, others }: Decision): Choice =>
  [...candidates, ...others].find(({ way, share }) => way === "workgroup" && share === wantedShare) ??
  [...candidates, ...others].find(({ way }) => way === "workgroup") ??
  candidates[0]

const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })

const programs: Readonly<
  Record<string, readonly [shapes: Readonly<Record<string, Shape>>, (args: Readonly<Record<string, Tensor>>) => Tensor]>
> = {
  "moments of a group norm": [
    { x: [4, 8, 19, 19], w: [8], b: [8] },
    ({ x, w, b }) => groupNorm(add(x!, 3), { groups: 2, weight: w!, bias: b! }),
  ],
  "columns summed, a rest of them": [{ x: [67, 268] }, ({ x }) => add(sum(x!, { axis: 0 }), 1)],
  "columns summed, in parts": [{ x: [67, 256] }, ({ x }) => add(sum(x!, { axis: 0 }), 1)],
  "everything summed, in parts": [{ x: [2, 128, 256] }, ({ x }) => mul(sum(x!), 0.5)],
  "largest of rows": [{ x: [5, 4099] }, ({ x }) => max(x!, { axis: 1 })],
  "powers of a softmax": [{ x: [9, 1031] }, ({ x }) => softmax(x!)],
}

const run = async (facts: Partial<KernelFacts>, name: keyof typeof programs) => {
  const [shapes, program] = programs[name]!
  const names = Object.keys(shapes)
  const specs = Object.fromEntries(names.map((name) => [name, f32(shapes[name]!)]))
  const given = Object.fromEntries(names.map((name, i) => [name, noise(shapes[name]!, i + 1)]))
  await using device = await openDevice({ planFor: facts, choose })
  using compiled = await device.compile(program, specs)
  const read = async () => (await device.read(compiled(given))) as HostArray
  const args = Object.fromEntries(names.map((name) => [name, input(specs[name]!, name)]))
  const want = interpret(program(args), new Map(Object.entries(given)), { precision: "f64" })
  return {
    ways: separateSteps(compiled.plan.steps).map(({ choice }) => choice.way),
    got: await read(),
    again: await read(),
    want,
  }
}

describe.each(Object.entries(adapters))("rows and sums shared by a workgroup, %s,", (_name, facts) => {
  it.each(Object.keys(programs))("are the interpreter's, bit for bit in every run: %s", async (name) => {
    wantedShare = name.endsWith("in parts") ? "columns" : "tile"
    const { ways, got, again, want } = await run(facts, name)
    expect(ways).toContain("workgroup")
    expect(again).toEqual(got)
    const worst = Math.max(...Array.from(want.data, (x, i) => Math.abs(Number(x) - Number(got.data[i]!))))
    const largest = Math.max(...Array.from(want.data, (x) => Math.abs(Number(x))))
    expect(worst / largest).toBeLessThan(2e-6)
  })
})
