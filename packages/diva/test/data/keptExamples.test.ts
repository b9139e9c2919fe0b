import { rename } from "node:fs/promises"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { good, useShardFixture, withTar, write } from "./shardFixture.ts"

useShardFixture()

const whole = { crop: { area: [1, 1], aspect: [1, 1] } } as const

/** Pictures of two epochs by key; between them the file is moved away. */
const twoEpochs = async (name: string, options: Parameters<typeof withTar>[2]) => {
  const file = await write(`${name}.tar`, good(0, 4))
  return withTar(
    file,
    (shards) =>
      Effect.gen(function* () {
        const epoch = (of: number) =>
          Effect.forEach([0, 1, 2, 3], (position) => shards.example({ epoch: of, position })).pipe(
            Effect.map((examples) => Object.fromEntries(examples.map(({ key, image }) => [key, String(image)]))),
          )
        const first = yield* epoch(0)
        yield* Effect.promise(() => rename(file, `${file}.away`))
        return [first, yield* Effect.result(epoch(1))] as const
      }),
    options,
  )
}

describe("examples that every epoch makes alike", () => {
  test("are made once: the second epoch reads no file, and sees the same pictures", async () => {
    const [first, second] = await twoEpochs("kept", { ...whole, keep: 2 ** 20 })
    expect(Object.keys(first)).toHaveLength(4)
    expect(second).toMatchObject({ _tag: "Success", success: first })
  })

  test("are made again beyond the memory that is for them", async () => {
    const [, second] = await twoEpochs("full", { ...whole, keep: 3 * 16 * 16 * 3 })
    expect(second._tag).toBe("Failure")
  })

  test("are none where crops are drawn", async () => {
    const [, second] = await twoEpochs("drawn", { keep: 2 ** 20 })
    expect(second._tag).toBe("Failure")
  })
})
