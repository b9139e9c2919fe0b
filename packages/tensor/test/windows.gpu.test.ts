import { expect, test } from "vitest"
import {
  add,
  concat,
  constant,
  exp,
  input,
  interpret,
  matmul,
  mul,
  openDevice,
  sum,
  take,
  transpose,
  type HostArray,
  type Tensor,
} from "../src/index.ts"

const f32 = (shape: readonly number[]) => ({ shape, dtype: "f32" as const })

const wave = (shape: readonly number[]): HostArray => ({
  ...f32(shape),
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
})

test("tensors larger than one binding are bound in windows", async () => {
  await using device = await openDevice({ planFor: { bindingBytes: 1024 } })
  const program = ({ x, w, h }: { x: Tensor; w: Tensor; h: Tensor }) => ({
    chain: exp(mul(add(x, 1), 0.5)),
    turned: add(transpose(x), 0.5),
    product: matmul(x, w),
    total: sum(x, { axis: 0 }),
    rows: take(x, constant([0, 39, 17], [3], "i32")),
    joined: concat([x, x], 0),
    half: mul(h, 2),
  })
  const specs = { x: f32([40, 31]), w: f32([31, 29]), h: { shape: [1500], dtype: "f16" as const } }
  const half: HostArray = { ...specs.h, data: Float16Array.from({ length: 1500 }, (_, i) => Math.sin(i)) }
  using compiled = await device.compile(program, specs)
  expect(compiled.plan.steps.some(({ bindings }) => bindings.some(({ windows }) => windows > 2))).toBe(true)
  const given = { x: wave([40, 31]), w: wave([31, 29]), h: half }
  const got = await device.read(compiled(given))
  const want = interpret(
    program({ x: input(specs.x, "x"), w: input(specs.w, "w"), h: input(specs.h, "h") }),
    new Map(Object.entries(given)),
  )
  for (const name of Object.keys(want) as (keyof typeof want)[])
    for (let i = 0; i < want[name].data.length; i++) expect(got[name].data[i]).toBeCloseTo(want[name].data[i]!, 4)
})

test("a tensor larger than the adapter's largest binding computes", async () => {
  // Cards bind gigabytes at a time: they are planned for as an adapter is that binds what every one does.
  await using device = await openDevice({ planFor: { bindingBytes: 2 ** 27 } })
  const rows = 70_001
  const columns = 512
  expect(rows * columns * 4).toBeGreaterThan(device.planning.facts.bindingBytes)
  using compiled = await device.compile(
    ({ x }: { x: Tensor }) => ({ rows: sum(mul(x, 2), { axis: 1 }), last: take(x, constant([rows - 1], [1], "i32")) }),
    { x: f32([rows, columns]) },
  )
  const data = new Float32Array(rows * columns)
  for (let i = 0; i < data.length; i++) data[i] = i % 7
  const got = await device.read(compiled({ x: { ...f32([rows, columns]), data } }))
  const sumOf = (row: number): number =>
    data.subarray(row * columns, (row + 1) * columns).reduce((a, b) => a + 2 * b, 0)
  for (const row of [0, 1, 65_535, 65_536, rows - 1]) expect(got.rows.data[row]).toBe(sumOf(row))
  expect(got.last.data).toEqual(data.subarray((rows - 1) * columns))
})
