import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { HostArray } from "@diva/tensor"
import type { WeightsError } from "@diva/models"
import { Gpu } from "../../src/gpu/gpu.ts"
import { contentHash } from "../../src/weights/namedArrays.ts"
import { putWeights } from "../../src/weights/putWeights.ts"
import { inHalf, loadArray, weightsHash, type LazyArray } from "../../src/weights/weightArray.ts"

const host = (...values: readonly number[]): HostArray => ({
  shape: [values.length],
  dtype: "f32",
  data: Float32Array.from(values),
})

const lazy = (array: HostArray, onLoad: () => void = () => undefined): LazyArray => ({
  shape: array.shape,
  dtype: array.dtype,
  load: Effect.sync(() => {
    onLoad()
    return array
  }),
})

const unreadable: WeightsError = { _tag: "FileUnreadable", file: "w.bin", rule: "is gone", remedy: "look for it" }

describe("the hash of weights", () => {
  it.effect("is that of their content, in memory or not", () =>
    Effect.gen(function* () {
      const arrays = new Map([
        ["b", host(1, 2)],
        ["a", host(3)],
      ])
      const later = new Map([...arrays].map(([name, array]) => [name, lazy(array)]))
      assert.strictEqual(yield* weightsHash(arrays), contentHash(arrays))
      assert.strictEqual(yield* weightsHash(later), contentHash(arrays))
    }),
  )

  it.effect("takes a recipe for the numbers it makes, and does not make them", () =>
    Effect.gen(function* () {
      let loads = 0
      const made = (recipe: string) => new Map([["a", { ...lazy(host(3), () => loads++), recipe }]])
      const [one, two] = [yield* weightsHash(made("seed 1")), yield* weightsHash(made("seed 2"))]
      assert.notStrictEqual(one, two)
      assert.strictEqual(yield* weightsHash(made("seed 1")), one)
      assert.strictEqual(loads, 0)
    }),
  )
})

describe("weights in half precision", () => {
  it.effect("are rounded to nearest even when they are wanted; whole numbers stay", () =>
    Effect.gen(function* () {
      const half = inHalf(host(1 + 2 ** -11, 1 + 3 * 2 ** -11))
      assert.strictEqual(half.dtype, "f16")
      assert.deepStrictEqual([...(yield* loadArray(half)).data], [1, 1 + 2 ** -9])
      const ids: HostArray = { shape: [1], dtype: "i32", data: Int32Array.of(7) }
      assert.strictEqual(inHalf(ids), ids)
    }),
  )
})

describe("putting weights on a machine", () => {
  it.effect("loads each once, in the order of the tree, and keeps the tree's structure", () =>
    Effect.gen(function* () {
      const order: string[] = []
      const tree = { x: lazy(host(1), () => order.push("x")), y: { z: lazy(host(2, 3), () => order.push("z")) } }
      const put = yield* putWeights<{ readonly x: HostArray; readonly y: { readonly z: HostArray } }>(tree as never)
      const read = yield* (yield* Gpu).read(put)
      assert.deepStrictEqual(order, ["x", "z"])
      assert.deepStrictEqual(read, { x: host(1), y: { z: host(2, 3) } } as never)
    }).pipe(Effect.scoped, Effect.provide(Gpu.layerInterpreter)),
  )

  it.effect("fails with the error of the file that cannot be read", () =>
    Effect.gen(function* () {
      const lost: LazyArray = { shape: [1], dtype: "f32", load: Effect.fail(unreadable) }
      const error = yield* Effect.flip(putWeights({ x: host(1), lost } as never))
      assert.deepStrictEqual(error, unreadable)
    }).pipe(Effect.scoped, Effect.provide(Gpu.layerInterpreter)),
  )
})
