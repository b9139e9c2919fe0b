import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { add, conv2d, input, interpret, knownAdapters, matmul, planOf, type Shape } from "../../src/index.ts"
import { conv2dWeight } from "../../src/ops/conv2dWeight.ts"
import {
  computed,
  convolutions,
  expectSum,
  noise,
  padded,
  problems,
  product,
  specsOf,
  telling,
  type Args,
  type Program,
  type Telling,
} from "./splitSums.ts"

let told: Telling
beforeAll(async () => {
  told = await telling()
})
afterAll(() => told.device.close())

// Each compiles a tile of its own: the others are long tests. Further sums are as large as the first, and share its kernel.
const quick = [problems[1]!, convolutions[1]!, convolutions[3]!]

describe("a sum shared by several workgroups", () => {
  it.each(quick.map((sum) => [sum[0], sum] as const))(
    "adds up to the same, bit for bit in every run: %s",
    (_name, sum) => expectSum(told, sum),
  )

  it.each([2, 4])("of %i parts", async (parts) => {
    told.teller.wanted = (choices) => choices.find((choice) => choice["parts"] === parts && choice["rows"] === 32)!
    const { error, choices } = await computed(told, product, [33, 517], [517, 31], [31])
    expect(choices[0]).toMatchObject({ way: "split", parts })
    expect(error).toBeLessThan(2e-6)
  })

  it("overwrites a donated operand of its tail only when all of it has been read", async () => {
    told.teller.wanted = (choices) => choices.find(({ way, rows }) => way === "split" && rows === 32)!
    const specs = specsOf([33, 517], [517, 31], [33, 31])
    using compiled = await told.device.compile(({ a, b, c }: Args) => ({ c: add(matmul(a, b), c) }), specs, {
      donate: ["c"],
    })
    const [a, b, c] = [noise([33, 517], 1), noise([517, 31], 2), noise([33, 31], 3)]
    const got = (await told.device.read(compiled({ a, b, c: told.device.put(c) }))).c
    const inputs = { a: input(specs.a, "a"), b: input(specs.b, "b"), c: input(specs.c, "c") }
    const want = interpret(add(matmul(inputs.a, inputs.b), inputs.c), new Map(Object.entries({ a, b, c })))
    want.data.forEach((value, i) => expect(got.data[i]).toBeCloseTo(value, 4))
  })
})

describe("the cost model", () => {
  const wayOf = (m: number, n: number, k: number) =>
    planOf(({ a, b }: Args) => matmul(a, b), specsOf([m, k], [k, n], [1]), knownAdapters.webgpu).steps[0]!.choice["way"]

  it("splits long sums of small results, and no others", () => {
    expect(wayOf(64, 64, 8192)).toBe("split")
    expect(wayOf(4096, 4096, 4096)).toBe("workgroup")
    expect(wayOf(2048, 2048, 64)).toBe("workgroup")
    expect(wayOf(8, 8, 8192)).toBe("split")
  })

  it("splits a weight's gradient over many images, and a convolution of small images", () => {
    const waysOf = (program: Program, a: Shape, b: Shape) =>
      planOf(program, specsOf(a, b, [1]), knownAdapters["nvidia-h200"], { precision: "highest" }).steps[0]!.choice[
        "way"
      ]
    expect(waysOf(({ a, b }) => conv2dWeight(a, b, [3, 3], padded), [64, 32, 64, 64], [64, 32, 64, 64])).toBe("split")
    expect(waysOf(({ a, b }) => conv2d(a, b, { padding: 1 }), [1, 1280, 16, 16], [1280, 1280, 3, 3])).toBe("split")
    expect(waysOf(({ a, b }) => conv2d(a, b, { padding: 1 }), [1, 128, 512, 512], [128, 128, 3, 3])).toBe(
      "tiledWinograd",
    )
  })
})
