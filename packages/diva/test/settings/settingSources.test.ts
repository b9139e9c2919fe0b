import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { benchmarkPlace } from "../../src/fetch/index.ts"
import {
  type PartialSettings,
  originsOf,
  publishedPlaces,
  readSettingSources,
  resolvedSettings,
  completeSettings,
} from "../../src/settings/index.ts"
import { temporaryFolder } from "../train/folderRun.ts"

const written = (folder: string, files: Readonly<Record<string, string>>): string => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

describe("a configuration file", () => {
  it.effect.each([
    ["run.json", '{\n  // a remark\n  "updates": 7, /* another */\n  "data": "a.tar",\n}'],
    ["run.toml", '# a remark\nupdates = 7\ndata = ["a.tar"]\n'],
    ["bom.json", '\uFEFF{"updates":7,"data":["a.tar"]}\r\n'],
  ] as const)("%s is read", ([name, text]) =>
    Effect.gen(function* () {
      const folder = written(yield* temporaryFolder, { [name]: text })
      const [source] = yield* readSettingSources(join(folder, name))
      assert.deepStrictEqual(source?.settings, { updates: 7, data: ["a.tar"] })
    }),
  )

  it.effect("is based on others, the later winning, and every setting knows its source", () =>
    Effect.gen(function* () {
      const folder = written(yield* temporaryFolder, {
        "base/one.toml": "updates = 5\nbatch = 4\nimages-per-update = 8\nsynthetic-weights = true\ndemo-data = true\n",
        "two.json": '{ "updates": 6, "seed": 3 }',
        "run.json": '{ "extends": ["base/one.toml", "two.json"], "batch": 2 }',
      })
      const sources = yield* readSettingSources(join(folder, "run.json"))
      const all = [...sources, { from: "flag", settings: { seed: 9 } }]
      const settings = yield* completeSettings(...all.map((source) => source.settings))
      const resolved = new Map(
        resolvedSettings(settings, originsOf(all)).map(({ name, value, from }) => [name, [value, from] as const]),
      )
      assert.deepStrictEqual(resolved.get("updates"), [6, join(folder, "two.json")])
      assert.deepStrictEqual(resolved.get("batch"), [2, join(folder, "run.json")])
      assert.deepStrictEqual(resolved.get("images-per-update"), [8, join(folder, "base/one.toml")])
      assert.deepStrictEqual(resolved.get("seed"), [9, "flag"])
      assert.deepStrictEqual(resolved.get("momentum"), [0.9, "default"])
    }),
  )

  it.effect.each([
    ["circle.json", '{ "extends": "circle.json" }', "extends itself"],
    ["odd.json", '{ "extends": 3 }', "a file or a list of files, found 3"],
    ["open.json", '{\n  "updates": \n}', "ValueExpected at line 3, column 1"],
    ["open.toml", "updates = ", "is not TOML"],
    ["list.json", "[1]", "is not a JSON object"],
    ["name.toml", "update = 3", 'no setting "update"'],
  ] as const)("%s says what is wrong, and in which file", ([name, text, rule]) =>
    Effect.gen(function* () {
      const folder = written(yield* temporaryFolder, { [name]: text })
      const error = yield* Effect.flip(readSettingSources(join(folder, name)))
      if (error._tag !== "ConfigInvalid") return assert.fail(error._tag)
      assert.include(error.rule, rule)
      assert.strictEqual(error.file, join(folder, name))
    }),
  )
})

describe("data sets that nobody names", () => {
  it.effect("are found where they are fetched to, for a run that is scored", () =>
    Effect.gen(function* () {
      const root = written(yield* temporaryFolder, {
        "dataset/MMVP_VLM/Questions.csv": "",
        "dataset/benchmarks/wds_vtab-cifar10/classnames.txt": "",
        "mine/classnames.txt": "",
      })
      const found = (settings: PartialSettings) => publishedPlaces([{ from: "flag", settings }], root)
      assert.deepStrictEqual(yield* found({ "eval-every": 5 }), { "eval-mmvp": join(root, "dataset/MMVP_VLM") })
      assert.deepStrictEqual(yield* found({ "eval-every": 5, "eval-data": ["mine"] }), {})
      assert.deepStrictEqual(yield* found({}), {})
      const cifar = join(root, "dataset/benchmarks/wds_vtab-cifar10")
      for (const name of ["cifar10", "vtab-cifar10", "wds_vtab-cifar10"])
        assert.strictEqual(yield* benchmarkPlace(name, root), cifar)
      assert.strictEqual(yield* benchmarkPlace(join(root, "mine"), root), join(root, "mine"))
      assert.strictEqual(yield* benchmarkPlace("imagenet-x", root), "imagenet-x")
    }),
  )
})

describe("weights that nobody names", () => {
  it.effect("are found where they are fetched to, unless random ones are wanted", () =>
    Effect.gen(function* () {
      const root = written(yield* temporaryFolder, {
        "pretrained_weights/CLIP/ViT-L-14-336px.pt": "",
        "pretrained_weights/SD/stable-diffusion-2-1-base/model_index.json": "{}",
      })
      const found = yield* publishedPlaces([{ from: "flag", settings: { row: "openai-l14-336" } }], root)
      assert.deepStrictEqual(found, {
        clip: join(root, "pretrained_weights/CLIP/ViT-L-14-336px.pt"),
        sd: join(root, "pretrained_weights/SD/stable-diffusion-2-1-base"),
      })
      assert.deepStrictEqual(
        Object.keys(yield* publishedPlaces([{ from: "flag", settings: { clip: "mine.pt" } }], root)),
        ["sd"],
      )
      assert.deepStrictEqual(
        yield* publishedPlaces([{ from: "flag", settings: { "synthetic-weights": true } }], root),
        {},
      )
    }),
  )
})
