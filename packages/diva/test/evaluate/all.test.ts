import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { benchmarkTable, benchmarksIn, evaluateAll, stockRule, type BenchmarkReport, type ClipModel } from "@diva/diva"
import { numpyRow, temporaryRoot, writeBenchmark } from "./benchmarkFolder.ts"
import { interpretedFeatures, smallClip, smallPictures } from "./smallClip.ts"

const pictures = smallPictures().slice(0, 8)
const prompts = { classnames: ["horse", "arrow", "cup", "cake", "door"], templates: ["a photo of a {c}"] }

const threeSets = async (): Promise<string> => {
  const root = temporaryRoot()
  const samples = (annotation: (i: number) => readonly [string, string | Uint8Array]) =>
    pictures.map((picture, i) => ({ picture, annotation: annotation(i) }))
  await writeBenchmark(root, { name: "vtab-dtd", ...prompts, samples: samples((i) => ["cls", String(i % 5)]) })
  await writeBenchmark(root, {
    name: "own",
    type: "multilabel",
    ...prompts,
    samples: samples((i) => ["npy", numpyRow([1, 0, i % 2, 0, 1])]),
  })
  await writeBenchmark(root, {
    name: "flickr30k",
    type: "retrieval",
    samples: samples((i) => ["txt", `a horse\na cake ${i}`]),
  })
  return root
}

const evaluate = async (root: string, out: string, model: ClipModel) =>
  Effect.runPromise(
    Effect.scoped(
      evaluateAll(model, { root, split: "test", rule: stockRule, seed: 42, out }).pipe(
        Effect.provide(interpretedFeatures(model)),
      ),
    ),
  )

describe("an evaluation of all data sets of a folder", () => {
  it("scores each, goes on where it stopped, reports what cannot be used, and makes the table", async () => {
    const [root, out, model] = [await threeSets(), temporaryRoot(), await smallClip()]
    const first = await evaluate(root, out, model)
    expect(first.map(({ status }) => status)).toEqual(["scored", "scored", "scored"])
    for (const name of ["flickr30k", "own", "vtab-dtd"]) expect(existsSync(join(out, `${name}.json`))).toBe(true)
    const kept = statSync(join(out, "own.diva.json")).mtimeMs

    writeFileSync(join(out, "vtab-dtd.diva.json"), readFileSync(join(out, "vtab-dtd.diva.json"), "utf8").slice(0, 99))
    rmSync(join(root, "wds_flickr30k", "test", "1.tar"))
    rmSync(join(out, "flickr30k.diva.json"))
    const failing = Effect.runPromise(
      Effect.scoped(
        Effect.flip(
          evaluateAll(model, { root, split: "test", rule: stockRule, seed: 42, out }).pipe(
            Effect.provide(interpretedFeatures(model)),
          ),
        ),
      ),
    )
    expect(await failing).toMatchObject({ _tag: "FileUnreadable" })
    writeFileSync(join(root, "wds_flickr30k", "test", "1.tar"), "no tar file")
    const second = await evaluate(root, out, model)
    expect(second.map(({ status }) => status)).toEqual(["failed", "scored before", "scored"])
    expect(statSync(join(out, "own.diva.json")).mtimeMs).toBe(kept)
    const report = second.flatMap((outcome) => (outcome.status === "scored" ? [outcome.report] : []))[0]
    expect(report).toEqual(
      first.flatMap((each) => (each.status === "scored" && each.report.dataset === "vtab-dtd" ? [each.report] : []))[0],
    )

    const reports = first.flatMap((outcome) => (outcome.status === "failed" ? [] : [outcome.report]))
    const table = benchmarkTable(reports, reports)
    expect(table.rows.map(({ title, metric }) => [title, metric])).toEqual([
      ["DTD", "acc1"],
      ["Flickr30K, texts", "text_retrieval_recall@1"],
      ["own", "mean_average_precision"],
    ])
    expect(table.missing).toHaveLength(27)
    expect(table.rows[0]!.difference).toMatchObject({ value: 0, count: 8, interval: { low: 0, high: 0 } })
    expect(table.means[0]).toMatchObject({ count: 1, before: table.rows[0]!.before!.value })
  })

  it("of other weights scores again", async () => {
    const [root, out, model] = [await threeSets(), temporaryRoot(), await smallClip()]
    for (const name of ["wds_own", "wds_flickr30k"]) rmSync(join(root, name), { recursive: true })
    await evaluate(root, out, model)
    const bias = model.weights.get("visual.ln_post.bias") as {
      readonly shape: readonly number[]
      readonly data: Float32Array
    }
    const moved = new Map([
      ...model.weights,
      ["visual.ln_post.bias", { ...bias, dtype: "f32", data: bias.data.map((x) => x + 1) }],
    ] as never)
    const again = await evaluate(root, out, { ...model, weights: moved as ClipModel["weights"] })
    expect(again.map(({ status }) => status)).toEqual(["scored"])
  })

  it("of a folder without data sets is a typed error", async () =>
    expect(await Effect.runPromise(Effect.flip(benchmarksIn(temporaryRoot())))).toMatchObject({
      _tag: "DataSetInvalid",
    }))
})

describe("a mean over benchmarks", () => {
  const report = (dataset: string, value: number): BenchmarkReport =>
    ({
      dataset,
      task: "classification",
      metrics: { acc1: { value, count: 10, interval: { low: 0, high: 1 }, method: "" } },
      predictions: [],
      imagesSha256: dataset,
    }) as never

  it("stands only where a side has every score it is over", () => {
    const both = [report("mnist", 0.5), report("stl10", 0.7)]
    const table = benchmarkTable([both[0]!], both)
    expect(table.means[0]).toMatchObject({ count: 2, before: undefined })
    expect(table.means[0]!.after).toBeCloseTo(60, 9)
  })
})
