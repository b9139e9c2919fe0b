import { readFileSync } from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { openBenchmark } from "../../src/evaluate/datasets/benchmarkFolder.ts"
import { Features } from "../../src/evaluate/features/features.ts"
import { openMmvp } from "../../src/evaluate/mmvp/mmvpFolder.ts"
import { confusedPairs, folderHash, unselectedPairs, writeClassSet, writePairs } from "../../src/world/index.ts"
import { temporaryFolder } from "../train/folderRun.ts"

const size = 16
const origin = { selection: "none", seed: 5, size } as const

/** Takes the pictures of every pair of even number for the same, those of odd number for different ones. */
const evenConfused = Layer.succeed(Features, {
  identity: { imageHash: "even", textHash: undefined, temperature: { scale: 1, bias: 0 }, width: 2 },
  images: ({ pictures }) =>
    Effect.forEach(pictures, ({ name, read }) =>
      Effect.map(read, ({ about }) => {
        const [, index, half] = name.split(" ")
        const isOff = Number(index) % 2 === 1 && half === "1"
        return { name, about, sha256: "", vectors: { width: 2, values: Float32Array.from(isOff ? [0, 1] : [1, 0]) } }
      }),
    ).pipe(
      Effect.orDie,
      Effect.map((images) => ({ images, skipped: [] })),
    ),
  texts: () => Effect.die("texts do not choose pairs"),
})

describe("pairs of the world", () => {
  it.effect("lie in MMVP-VLM's layout, the nine patterns in its order, two statements for two pictures", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const pairs = yield* unselectedPairs({ pairs: 2, seed: 5, size })
      yield* writePairs(folder, pairs, origin)
      for (const rule of ["order", "type"] as const) {
        const data = yield* openMmvp(folder, rule)
        assert.deepStrictEqual(
          data.pairs.map(({ category }) => category),
          Array.from({ length: 18 }, (_, i) => Math.floor(i / 2)),
        )
        for (const { questions } of data.pairs) {
          const [first, second] = questions.map((question) => readFileSync(data.imageFile(question)!))
          assert.notDeepEqual(first, second)
          assert.notStrictEqual(questions[0].statement, questions[1].statement)
        }
      }
    }).pipe(Effect.scoped),
  )

  it.effect("of one seed are the same files, of another they are not", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const hashOf = Effect.fnUntraced(function* (name: string, seed: number) {
        yield* writePairs(path.join(root, name), yield* unselectedPairs({ pairs: 1, seed, size }), origin)
        return yield* folderHash(path.join(root, name))
      })
      const first = yield* hashOf("a", 5)
      assert.strictEqual(yield* hashOf("b", 5), first)
      assert.notStrictEqual(yield* hashOf("c", 6), first)
    }).pipe(Effect.scoped),
  )

  it.effect("that a CLIP confuses come first, and the most alike of the others where those are too few", () =>
    Effect.gen(function* () {
      const chosen = yield* confusedPairs({ pairs: 3, candidates: 4, seed: 5, size })
      assert.deepStrictEqual(
        chosen.slice(0, 3).map(({ index, cosine }) => [index, cosine]),
        [
          [0, 1],
          [2, 1],
          [1, 0],
        ],
      )
      assert.strictEqual(chosen.length, 27)
    }).pipe(Effect.provide(evenConfused)),
  )

  it.effect("and classes of things lie in CLIP_benchmark's layout", () =>
    Effect.gen(function* () {
      const folder = path.join(yield* temporaryFolder, "wds_world-colours")
      const classes = yield* writeClassSet(folder, { kind: "colours", count: 20, seed: 5, size })
      const data = yield* openBenchmark(folder, "test")
      assert.deepStrictEqual(data.classnames, classes)
      assert.strictEqual(data.pictures.length, 20)
    }).pipe(Effect.scoped),
  )
})
