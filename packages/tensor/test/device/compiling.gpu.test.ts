import { expect, it } from "vitest"
import { mul, openDevice, sum, type CompileProgress, type Tensor } from "../../src/index.ts"

const spec = { shape: [5], dtype: "f32" } as const
const x = { ...spec, data: Float32Array.of(1, 2, 3, 4, 5) }
const doubled = ({ x: given }: { readonly x: Tensor }) => mul(given, 2)
const total = ({ x: given }: { readonly x: Tensor }) => ({ doubled: mul(given, 2), sum: sum(given) })

it("a device tells of every kernel once, until all are compiled, and of none when programs run again", async () => {
  const told: CompileProgress[] = []
  await using device = await openDevice({ onCompiling: (progress) => void told.push(progress) })
  const first = await device.compile(doubled, { x: spec })
  const second = await device.compile(total, { x: spec })
  const kernels = device.created().pipelines
  expect(told.at(-1)!.total).toBe(kernels)
  const results = async () => ({ first: await device.read(first({ x })), second: await device.read(second({ x })) })
  const cold = await results()
  await device.finish()
  expect(told.at(-1)).toEqual({ done: kernels, total: kernels, busy: false })
  expect(told.filter(({ busy }) => busy)).not.toEqual([])
  const done = told.map((progress) => progress.done)
  expect(done).toEqual(done.toSorted((a, b) => a - b))
  const count = told.length
  expect(await results()).toEqual(cold)
  await device.finish()
  expect(told.length).toBe(count)
  expect([...cold.first.data]).toEqual([2, 4, 6, 8, 10])
  expect(cold.second.sum.data[0]).toBe(15)
})
