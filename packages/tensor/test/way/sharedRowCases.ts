import { expect } from "vitest"
import {
  add,
  groupNorm,
  input,
  interpret,
  logSoftmax,
  logSumExp,
  max,
  mul,
  openDevice,
  softmax,
  sub,
  sum,
  type Choice,
  type Decision,
  type HostArray,
  type KernelFacts,
  type Shape,
  type Tensor,
} from "../../src/index.ts"
import { separateSteps } from "../plan/separateSteps.ts"
import { noise } from "./matrixCases.ts"

/** What any adapter of a browser has, and one with subgroups of a fixed size. */
export const rowAdapters = {
  "without subgroups": {
    isSoftware: false,
    subgroupSize: 0,
    textureExtent: 0,
    workgroupMemory: 16_384,
    invocations: 256,
  },
  "with subgroups": { isSoftware: false, subgroupSize: 8, textureExtent: 0, workgroupMemory: 16_384, invocations: 256 },
} as const

type Named = Readonly<Record<string, Tensor>>

export interface RowCase {
  readonly shapes: Readonly<Record<string, Shape>>
  readonly program: (args: Named) => Named
}

const f32 = (shape: Shape) => ({ shape, dtype: "f32" as const })

const inParts =
  (parts: number) =>
  ({ candidates, others }: Decision): Choice =>
    [...candidates, ...others].find((choice) => choice.way === "parts" && choice["parts"] === parts) ?? candidates[0]

/** Rows of which workgroups share each are the interpreter's, the same bits in each run. */
export const expectShared = async (
  facts: Partial<KernelFacts>,
  { shapes, program }: RowCase,
  parts: number,
  within = 2e-6,
): Promise<void> => {
  const names = Object.keys(shapes)
  const specs = Object.fromEntries(names.map((name) => [name, f32(shapes[name]!)]))
  const given = Object.fromEntries(names.map((name, i) => [name, noise(shapes[name]!, i + 1)]))
  await using device = await openDevice({ planFor: facts, choose: inParts(parts) })
  using compiled = await device.compile(program, specs)
  const read = async () => (await device.read(compiled(given))) as Readonly<Record<string, HostArray>>
  const [got, again] = [await read(), await read()]
  expect(separateSteps(compiled.plan.steps).map(({ choice }) => choice["parts"])).toContain(parts)
  const args = Object.fromEntries(names.map((name) => [name, input(specs[name]!, name)]))
  for (const [name, tensor] of Object.entries(program(args))) {
    const want = interpret(tensor, new Map(Object.entries(given)), { precision: "f64" })
    expect(again[name]!.data, name).toEqual(got[name]!.data)
    let [worst, largest] = [0, 0]
    for (const [i, x] of want.data.entries()) {
      worst = Math.max(worst, Math.abs(Number(x) - Number(got[name]!.data[i]!)))
      largest = Math.max(largest, Math.abs(Number(x)))
    }
    expect(worst / largest, name).toBeLessThan(within)
  }
}

/** The gradient of a group norm of one group: sums of rows from which each element follows. */
const gradient = ({ x, g }: Named): Named => {
  const spread = groupNorm(x!, { groups: 1 })
  const mean = (y: Tensor): Tensor => mul(sum(y, { axis: [1, 2, 3], keep: true }), 1 / 4232)
  return { dx: sub(sub(g!, mean(g!)), mul(spread, mean(mul(g!, spread)))) }
}

export const sharedRowCases = {
  "a group norm, parts of rows to a workgroup": {
    shapes: { x: [2, 8, 36, 36], w: [8], b: [8] },
    program: ({ x, w, b }) => ({ y: groupNorm(add(x!, 3), { groups: 2, weight: w!, bias: b! }) }),
  },
  "a group norm, channels in strips": {
    shapes: { x: [1, 4, 67, 64], w: [4], b: [4] },
    program: ({ x, w, b }) => ({ y: groupNorm(x!, { groups: 2, weight: w!, bias: b! }) }),
  },
  "a group norm of odd channels": {
    shapes: { x: [3, 6, 33, 43] },
    program: ({ x }) => ({ y: groupNorm(add(x!, 3), { groups: 2 }) }),
  },
  "sums from which whole rows follow": { shapes: { x: [4, 2, 46, 46], g: [4, 2, 46, 46] }, program: gradient },
  "a softmax": { shapes: { x: [3, 8209] }, program: ({ x }) => ({ y: softmax(mul(x!, 9)) }) },
  "a logarithm of a softmax, and of a sum of powers": {
    shapes: { x: [2, 8192] },
    program: ({ x }) => ({ y: logSoftmax(x!), z: logSumExp(mul(x!, 30), { axis: 1 }) }),
  },
  "largest numbers of rows, and what is apart from them": {
    shapes: { x: [5, 4100] },
    program: ({ x }) => ({ y: sub(x!, max(x!, { axis: 1, keep: true })), z: sum(x!, { axis: 1 }) }),
  },
} satisfies Readonly<Record<string, RowCase>>
