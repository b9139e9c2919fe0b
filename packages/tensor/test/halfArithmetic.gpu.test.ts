import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { matmul, openDevice, type Device, type Tensor } from "../src/index.ts"
import type { Choice } from "../src/kernels/way/choice.ts"
import { expectHalves, halving, isHalvable, planFor, programs, refusal, type Halving } from "./halfProducts.ts"

let opened: Halving

beforeAll(async () => {
  opened = await halving()
})

afterAll(() => opened.device.close())

// A product and a convolution: other layouts are long tests, by all tiles.
const quick = programs.filter(([name]) => ["odd extents and a tail", "a long sum", "a convolution"].includes(name))

const sizeOfTile = ({ rows, columns }: Choice): number => Number(rows) * Number(columns)

// Software adapters compile such tiles for seconds: all of them are long tests.
const smallest = (choices: readonly Choice[]): readonly Choice[] =>
  choices.toSorted((a, b) => sizeOfTile(a) - sizeOfTile(b)).slice(0, 1)

describe("multiplying in f16 where one operand is stored so", () => {
  test.for(quick)("%s", { timeout: 120_000 }, async ([, product], { skip }) => {
    const reason = refusal(opened.device)
    skip(reason !== false, String(reason))
    await expectHalves(opened, product, smallest)
  })

  const isOffered = async (other: Device, dtype: "f16" | "f32"): Promise<boolean> => {
    const { picker } = opened
    picker.told = null
    picker.candidates = []
    const specs = { x: { shape: [64, 64], dtype: "f32" as const }, w: { shape: [64, 64], dtype } }
    other.planOf(({ x, w }: { readonly x: Tensor; readonly w: Tensor }) => matmul(x, w), specs)
    return picker.candidates.some(({ arithmetic }) => arithmetic === "f16")
  }

  test("is offered only where it was asked for, one operand is stored in f16, and the adapter can", async () => {
    const { choose } = opened.picker
    await using plain = await openDevice({ planFor, choose })
    await using without = await openDevice({ halfArithmetic: true, without: ["shader-f16"], planFor, choose })
    expect(await isOffered(opened.device, "f16")).toBe(isHalvable(opened.device))
    expect(await isOffered(opened.device, "f32")).toBe(false)
    expect(await isOffered(plain, "f16")).toBe(false)
    expect(await isOffered(without, "f16")).toBe(false)
  })
})
