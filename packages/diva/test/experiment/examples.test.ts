import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { experiment as condition } from "../../../../docs/examples/condition.ts"
import { experiment as encoder } from "../../../../docs/examples/encoder.ts"
import { experiment as loss } from "../../../../docs/examples/loss.ts"
import { experiment as scoring } from "../../../../docs/examples/scoring.ts"
import { experiment as trainRow } from "../../../../docs/examples/trainRow.ts"
import { sceneShards } from "../../src/demo/demo.ts"
import { tinyRow } from "../../src/demo/tinyRow.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { readManifest } from "../../src/run/manifest.ts"
import { runFiles } from "../../src/run/runFiles.ts"
import { temporaryFolder } from "../train/folderRun.ts"

const linesOf = (name: string): number =>
  readFileSync(fileURLToPath(new URL(`../../../../docs/examples/${name}.ts`, import.meta.url)), "utf8").split("\n")
    .length - 1

/** Runs an example in a folder of its own on the CPU reference; gives its run's manifest. */
const ran = Effect.fnUntraced(function* (
  start: (options: {
    readonly folder: string
    readonly gpu: typeof Gpu.layerInterpreter
    readonly sinks: readonly []
  }) => Effect.Effect<unknown, unknown>,
) {
  const folder = yield* temporaryFolder
  yield* start({ folder, gpu: Gpu.layerInterpreter, sinks: [] })
  return (yield* readManifest(runFiles(folder).manifest))!
})

const slow = 60_000

describe("the examples of experiments", () => {
  it("have 40 lines at most", () => {
    for (const name of ["condition", "loss", "scoring", "trainRow"]) assert.isAtMost(linesOf(name), 40, name)
  })

  it.live(
    "name the condition, the loss, the encoder and the score of one's own in the manifests of their runs",
    () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* ran(condition)).settings["condition"], "classPlusMean")
        assert.strictEqual((yield* ran(loss)).settings["loss"], "bounded")
        assert.match(JSON.stringify((yield* ran(encoder)).settings), /two convolutions 32 wide/)
        const [launch] = (yield* ran(scoring)).launches
        assert.deepInclude([...(launch!.observers ?? [])], { name: "spread", every: 2 })
        assert.strictEqual(launch!.outcome, "finished")
      }),
    slow,
  )

  it.live(
    "train a row, here one of small models",
    () =>
      Effect.gen(function* () {
        const data = sceneShards({ count: 8, seed: 1, size: 16 })
        const changes = { imagesPerUpdate: 1, batchSize: 1, imageSize: 16, updates: 1 }
        const manifest = yield* ran((options) =>
          trainRow({ ...options, data, weights: "synthetic" }, tinyRow(), changes),
        )
        assert.deepStrictEqual(manifest.row, { name: "openai-l14-224", title: "small models", prior: "small" })
        assert.strictEqual(manifest.settings["condition"], "randomPatches(76)")
      }),
    slow,
  )
})
