import { describe, expect, it } from "vitest"
import { attention, constant, input, interpret, mul, openDevice, sum, type Tensor } from "../../src/index.ts"
import { expectRight, runOn, separate, toOthers, toThemselves, wanted, type Case } from "../attentionCases.ts"
import { gradients } from "../ops/reverse.ts"
import { allowed, factsForTokens, precisionOf } from "./matrixAttentionCases.ts"
import { noise, picking, type Maker } from "./matrixCases.ts"

const opened = async (way: string, across = 1, maker: Maker = "nvidia", parts = 1) => {
  const picker = picking(way)
  picker.isWanted = (choice) => choice["rows"] === 32 && choice["across"] === across && choice["parts"] === parts
  return openDevice({ planFor: factsForTokens(maker), choose: picker.choose })
}

const ways = ["matrixHalf", "matrixSplit"]

/** Tokens on both sides of one to three tiles. */
const counts = [31, 32, 33, 63, 64, 65, 95, 96, 97]

// Tokens are parameters, so that all counts share pipelines.
describe.each(ways)("attention and its gradients by %s, products written out,", (way) => {
  it.each([false, true])(
    "are the interpreter's for one to three tiles, a token more or less (causal: %s)",
    async (causal) => {
      await using device = await opened(way)
      if (device.planning.facts.f16 !== true) return
      for (const tokens of counts) {
        const one = toThemselves(1, 1, tokens, 12, causal)
        const outcome = await runOn(device, one, precisionOf[way])
        expect(outcome.choices).toEqual(Array(3).fill(expect.objectContaining({ way, across: 1 })))
        expectRight(outcome, wanted(one), allowed[way])
      }
    },
  )

  // Written out, matrices lie in workgroup memory, those of split operands twice: wider heads would be beyond a software adapter's.
  // The text that a card runs is validated for them in matrixAttentionText.test.ts.
  const [wide, rest] = way === "matrixSplit" ? [12, 14] : [24, 30]
  const cases: readonly (readonly [name: string, across: number, one: Case])[] = [
    ["several heads in a batch, causal", 1, toThemselves(2, 2, 35, wide, true)],
    ["to fewer others", 1, toOthers(1, 2, 67, 33, 16)],
    ["heads one after the other, a rest of columns", 1, separate(2, 40, rest)],
    ...(way === "matrixSplit" ? [] : [["wide heads, chunk by chunk", 4, separate(1, 70, 72)] as const]),
  ]

  it.each(cases)("are right: %s", async (_name, across, one) => {
    await using device = await opened(way, across)
    if (device.planning.facts.f16 !== true) return
    const outcome = await runOn(device, one, precisionOf[way])
    expect(outcome.choices.some((choice) => choice.way === way)).toBe(true)
    expectRight(outcome, wanted(one), allowed[way])
  })

  it("shares of the queries add up to the gradients in keys and values, bit for bit in every run", async () => {
    await using device = await opened(way, 1, "nvidia", 2)
    if (device.planning.facts.f16 !== true) return
    const one = toOthers(1, 1, 290, 20, 12)
    const outcome = await runOn(device, one, precisionOf[way])
    expect(outcome.choices).toContainEqual(expect.objectContaining({ way, parts: 2 }))
    expectRight(outcome, wanted(one), allowed[way])
    expect((await runOn(device, one, precisionOf[way])).results).toEqual(outcome.results)
  })

  it("lose nothing to f16's range, though gradients are tiny and values huge", async () => {
    await using device = await opened(way)
    if (device.planning.facts.f16 !== true) return
    const sizes = { q: 1e-6, k: 1e6, v: 1e8, g: 1e-12 } as const
    const shape = [1, 1, 35, 12]
    const names = ["q", "k", "v", "g"] as const
    const given = Object.fromEntries(names.map((name, i) => [name, noise(shape, i + 1, sizes[name])]))
    const program = ({ q, k, v, g }: Readonly<Record<string, Tensor>>): readonly Tensor[] =>
      gradients(sum(mul(attention(q!, k!, v!), g!)), [q!, k!, v!])
    const specs = Object.fromEntries(names.map((name) => [name, { shape, dtype: "f32" as const }]))
    using compiled = await device.compile(program, specs, { precision: precisionOf[way]! })
    const got = (await device.read(compiled(given))) as readonly { readonly data: ArrayLike<number> }[]
    const args = Object.fromEntries(names.map((name) => [name, input(specs[name]!, name)]))
    const want = interpret(program(args), new Map(Object.entries(given)), {
      precision: "f64",
    }) as unknown as readonly { readonly data: ArrayLike<number> }[]
    for (const [i, { data }] of want.entries()) {
      const largest = Math.max(...Array.from(data, Math.abs))
      const worst = Math.max(...Array.from(data, (x, j) => Math.abs(x - got[i]!.data[j]!)))
      expect(worst / largest).toBeLessThan(allowed[way]!)
    }
  })
})

it("rows whose scores are all -∞ come out as zeros", async () => {
  await using device = await opened("matrixHalf")
  if (device.planning.facts.f16 !== true) return
  const [rows, width] = [33, 12]
  const q = constant(
    Array.from({ length: rows * width }, (_, i) => (i < width ? -Infinity : 0)),
    [1, 1, rows, width],
  )
  const k = constant(new Array(rows * width).fill(1), [1, 1, rows, width])
  const program = ({ v }: Readonly<Record<string, Tensor>>): Tensor => attention(q, k, v!)
  const v = noise([1, 1, rows, width], 1)
  using compiled = await device.compile(program, { v: { shape: v.shape, dtype: "f32" } }, { precision: "medium" })
  const { data } = (await device.read(compiled({ v }))) as { readonly data: ArrayLike<number> }
  expect(Array.from(data).slice(0, width)).toEqual(new Array(width).fill(0))
  expect(Array.from(data).every(Number.isFinite)).toBe(true)
})

describe.each(["apple", "intel"] as const)("matrices of %s's sizes", (maker) => {
  it("attend as the interpreter does", async () => {
    await using device = await opened("matrixHalf", 1, maker)
    if (device.planning.facts.f16 !== true) return
    const one = toThemselves(1, 1, 35, 12)
    expectRight(await runOn(device, one, "medium"), wanted(one), allowed["matrixHalf"])
  })
})
