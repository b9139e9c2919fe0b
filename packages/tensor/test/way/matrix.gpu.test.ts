import { describe, expect, it } from "vitest"
import { add, matmul, openDevice, type HostArray, type Precision } from "../../src/index.ts"
import { bothOf, computed, factsWith, noise, picking, type Maker, type MatrixCase } from "./matrixCases.ts"

const product: MatrixCase["program"] = ({ a, b, c }) => add(matmul(a!, b!), c!)

/** A rest in each extent. */
const rests: MatrixCase = { program: product, shapes: { a: [35, 39], b: [39, 67], c: [67] } }

/** What is left of an error after rounding both operands to f16, or after splitting them. */
const allowed: Readonly<Record<string, number>> = { matrixHalf: 1e-3, matrixSplit: 1e-6 }
const precisionOf: Readonly<Record<string, Precision>> = { matrixHalf: "medium", matrixSplit: "high" }

// The products of matrices are written out: the same tiles, places and stores as with matrix units. Matrices of other sizes are long tests.
const onWrittenOut = async (
  maker: Maker,
  way: string,
  run: (picker: ReturnType<typeof picking>, device: Awaited<ReturnType<typeof openDevice>>) => Promise<void>,
) => {
  const picker = picking(way)
  // Of larger tiles, which compile for seconds, some are long tests.
  picker.isWanted = ({ rows, parts }) => rows === 32 && parts === 1
  await using device = await openDevice({
    planFor: factsWith(maker, { writesMatricesOut: true }),
    choose: picker.choose,
  })
  await run(picker, device)
}

const halving = await openDevice().then(async (device) => {
  const f16 = device.planning.facts.f16 === true
  await device.close()
  return f16
})

// Other layouts are other texts, and split tiles the same with several products for each, slow to compile: their shared sums are long tests, too.
describe.skipIf(!halving).each(["matrixHalf", "matrixSplit"])("tiles of %s, their products written out,", (way) => {
  it("compute a·b, a rest in each extent", async () => {
    await onWrittenOut("nvidia", way, async (_picker, device) => {
      const { error, steps } = await computed(device, rests, precisionOf[way]!)
      expect(steps.map(({ choice }) => choice.way)).toContain(way)
      expect(error).toBeLessThan(allowed[way]!)
    })
  })

  it("give ∞ and NaN where f32 does, and all else as if there were none", async () => {
    await onWrittenOut("nvidia", way, async (_picker, device) => {
      const [a, b] = [noise([35, 39], 1, 100), noise([39, 67], 2)]
      const set = ({ shape, data }: HostArray, row: number, column: number, value: number) =>
        (data[row * shape[1]! + column] = value)
      set(a, 3, 5, Infinity)
      set(a, 7, 2, NaN)
      set(a, 9, 0, -Infinity)
      set(a, 9, 1, Infinity)
      // Of numbers of few bits nothing is left for the lower half; and ∞ · 0 is NaN, ∞ · ∞ is ∞.
      set(b, 5, 0, 0.5)
      set(b, 5, 1, -2)
      set(b, 5, 2, 0)
      set(b, 5, 3, Infinity)
      set(b, 11, 60, -Infinity)
      const { got, want, steps } = await bothOf(device, rests, precisionOf[way]!, { a, b, c: noise([67], 3, 0) })
      expect(steps.map(({ choice }) => choice.way)).toContain(way)
      const largest = Math.max(...Array.from(want.data).filter(Number.isFinite).map(Math.abs))
      const wrong = Array.from(want.data).flatMap((value, i) => {
        const same = Object.is(got.data[i], value) || Math.abs(got.data[i]! - value) <= allowed[way]! * largest
        return same ? [] : [`${Math.floor(i / 67)}, ${i % 67}: ${got.data[i]}, not ${value}`]
      })
      expect(wrong).toEqual([])
    })
  })

  it("lose nothing to f16's range", async () => {
    await onWrittenOut("nvidia", way, async (_picker, device) => {
      const size = (name: string): number => ({ a: 1e-8, b: 1e5, c: 1e-3 })[name]!
      const { error } = await computed(device, rests, precisionOf[way]!, size)
      expect(error).toBeLessThan(allowed[way]!)
    })
  })

  it.skipIf(way === "matrixSplit")("share long sums among workgroups, and repeat bit for bit", async () => {
    await onWrittenOut("nvidia", way, async (picker, device) => {
      const one: MatrixCase = { program: product, shapes: { a: [17, 1100], b: [1100, 33], c: [33] } }
      picker.isWanted = ({ parts, rows }) => Number(parts) > 1 && rows === 32
      const first = await computed(device, one, precisionOf[way]!)
      expect(first.steps.length).toBeGreaterThan(2)
      expect(first.error).toBeLessThan(allowed[way]!)
      expect((await computed(device, one, precisionOf[way]!)).got).toEqual(first.got)
    })
  })
})

it("programs of highest precision do not use them", async () => {
  await using device = await openDevice({ planFor: factsWith("nvidia", { writesMatricesOut: true }) })
  const { shapes, program } = rests
  const specs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "f32" as const }]),
  )
  const { steps } = device.planOf(program, specs)
  expect(steps.map(({ choice }) => String(choice.way)).filter((way) => way.startsWith("matrix"))).toEqual([])
})
