import { readFileSync } from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { openMmvp } from "../../src/evaluate/mmvp/mmvpFolder.ts"
import { readResults, readStudy, studyPage, withKept } from "../../src/study/index.ts"
import { folderHash, readWorldStatement, shippedFolder, shippedWorld, worldSets } from "../../src/world/index.ts"
import { withWorld } from "../../../../docs/make/worldPage.ts"

const root = fileURLToPath(new URL("../../../..", import.meta.url))

describe("the world that ships", () => {
  it.effect("holds the bytes that world.json names", () =>
    Effect.gen(function* () {
      const { folders } = yield* readWorldStatement(shippedFolder)
      assert.deepStrictEqual(Object.keys(folders).toSorted(), Object.keys(shippedWorld).toSorted())
      for (const [name, hash] of Object.entries(folders))
        assert.strictEqual(yield* folderHash(path.join(shippedFolder, name)), hash, name)
    }),
  )

  it.effect("has thirty pairs of each pattern in both benchmarks, no picture twice", () =>
    Effect.gen(function* () {
      const pictures = new Set<string>()
      for (const set of worldSets) {
        const data = yield* openMmvp(shippedWorld[set])
        const counts = Array.from({ length: 9 }, (_, i) => data.pairs.filter(({ category }) => category === i).length)
        assert.deepStrictEqual(counts, new Array<number>(9).fill(30))
        for (const { questions } of data.pairs)
          for (const question of questions) pictures.add(readFileSync(data.imageFile(question)!, "base64"))
      }
      assert.strictEqual(pictures.size, 2 * 2 * 270)
    }),
  )

  it.effect("docs/world.md says what world.json says", () =>
    Effect.gen(function* () {
      const page = readFileSync(path.join(root, "docs", "world.md"), "utf8")
      assert.strictEqual(withWorld(page, yield* readWorldStatement(shippedFolder)), page)
    }),
  )

  it.effect.each([
    ["study/study.json", "study/results.jsonl", "docs/study.md"],
    ["study/confirm-near-start.json", "study/confirm-near-start.results.jsonl", "study/confirm-near-start.md"],
  ] as const)("%s: its page is what its file and results say", ([file, results, page]) =>
    Effect.gen(function* () {
      const study = yield* readStudy(path.join(root, file))
      const shown = yield* withKept(study, yield* readResults(path.join(root, results)))
      const names = { study: file, results, figure: `images/${path.basename(page, ".md")}.svg` }
      assert.strictEqual(readFileSync(path.join(root, page), "utf8"), studyPage(shown.study, shown.results, names))
    }),
  )
})
