import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { eventText } from "../../src/experiment/index.ts"
import { begunWith } from "../../src/pretrain/begunWith.ts"
import type { Pretraining } from "../../src/pretrain/index.ts"
import type { NamedArrays } from "../../src/weights/namedArrays.ts"

const arrays = (values: Readonly<Record<string, readonly number[]>>): NamedArrays =>
  new Map(
    Object.entries(values).map(([name, data]) => [
      name,
      { shape: [data.length], dtype: "f32", data: Float32Array.from(data) },
    ]),
  )

const model = { name: "a model", parameters: arrays({ a: [0, 0], b: [0], c: [0] }) } as unknown as Pretraining<unknown>

describe("a pre-training that begins with given weights", () => {
  it.effect("takes those of its names and shapes, and says which of the others stay random or have no place", () =>
    Effect.gen(function* () {
      const { parameters, begun } = yield* begunWith(model, arrays({ a: [1, 2], b: [3, 4], d: [5] }))
      assert.deepStrictEqual(
        [...parameters.values()].map(({ data }) => [...data]),
        [[1, 2], [0], [0]],
      )
      assert.deepStrictEqual(begun, { taken: 1, fresh: ["b", "c"], unused: ["b", "d"] })
      assert.strictEqual(
        eventText({ _tag: "begun", ...begun! }),
        "begins with 1 of 3 given tensors; random: b, c; not used: b, d",
      )
    }),
  )

  it.effect("is refused where none fits, and told of none where none are given", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(begunWith(model, arrays({ a: [1], x: [2] })))
      assert.deepStrictEqual([error._tag, error.field], ["ConfigInvalid", "from"])
      assert.include(error.rule, "of its 2 tensors none has the name and shape of one of the model's 3, such as a [2]")
      assert.strictEqual(yield* begunWith(model, undefined), model)
    }),
  )
})
