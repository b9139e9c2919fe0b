import { expect, it } from "vitest"
import { add, mul, openDevice, sum, zeros, type Tensor } from "../../src/index.ts"

interface Sums {
  readonly a: Tensor
  readonly b: Tensor
  readonly c: Tensor
}

const spec = { shape: [3], dtype: "f32" } as const
const numbers = (first: number) => ({ ...spec, data: Float32Array.of(first, first + 1, first + 2) })

/** Sums are read, and begun again: three outputs that are one tensor. */
const begunAgain = ({ sums }: { readonly sums: Sums }) => ({
  sums: { a: zeros([3]), b: zeros([3]), c: zeros([3]) },
  total: sum(add(sums.a, mul(sums.b, sums.c))),
})

it("outputs that are one tensor each take over the buffer that was donated for them, and no run makes new ones", async () => {
  await using device = await openDevice()
  using compiled = await device.compile(begunAgain, { sums: { a: spec, b: spec, c: spec } }, { donate: ["sums"] })
  const { plan } = compiled
  const kinds = plan.outputs.map(({ path, value }) => [path, plan.values[value]!.storage.kind])
  expect(kinds.filter(([path]) => path?.startsWith("sums"))).toEqual(
    ["sums.a", "sums.b", "sums.c"].map((path) => [path, "donated"]),
  )
  let sums = { a: device.put(numbers(1)), b: device.put(numbers(4)), c: device.put(numbers(-7)) }
  const first = compiled({ sums })
  expect((await device.read(first.total)).data).toEqual(Float32Array.of(6 + 4 * -7 + 5 * -6 + 6 * -5))
  const held = device.live()
  sums = first.sums
  for (let run = 0; run < 3; run++) {
    const { sums: next, total } = compiled({ sums })
    expect((await device.read(total)).data).toEqual(Float32Array.of(0))
    sums = next
  }
  expect(device.live()).toEqual(held)
  for (const array of Object.values(sums)) expect((await device.read(array)).data).toEqual(new Float32Array(3))
})
