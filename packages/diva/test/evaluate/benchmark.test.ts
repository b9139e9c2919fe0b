import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Ref } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  clipBenchmarkResult,
  EvaluationEvents,
  evaluateBenchmark,
  evaluateMmvp,
  Features,
  openBenchmark,
  openMmvp,
  divaRules,
  type BenchmarkEvaluation,
  type EvaluationEvent,
} from "@diva/diva"
import { numpyRow, temporaryRoot, writeBenchmark, type SmallBenchmark } from "./benchmarkFolder.ts"
import { interpretedFeatures, smallClip, smallMmvp, smallPictures } from "./smallClip.ts"

const golden = JSON.parse(readFileSync(new URL("../golden/scores/benchmark.json", import.meta.url), "utf8"))
const pictures = smallPictures()

const single: SmallBenchmark = {
  name: "vtab-single",
  ...golden.single,
  samples: pictures.map((picture, i) => ({ picture, annotation: ["cls", String(golden.single.labels[i])] })),
}
const multilabel: SmallBenchmark = {
  name: "several",
  type: "multilabel",
  ...golden.multilabel,
  samples: pictures.map((picture, i) => ({ picture, annotation: ["npy", numpyRow(golden.multilabel.targets[i])] })),
}
const retrieval: SmallBenchmark = {
  name: "captions",
  type: "retrieval",
  samples: pictures.map((picture, i) => ({ picture, annotation: ["txt", golden.retrieval.captions[i].join("\n")] })),
}

/** Vectors of the same pictures are computed once for all of these tests. */
let vectors = ""
beforeAll(() => {
  vectors = mkdtempSync(join(tmpdir(), "diva-vectors-"))
})
afterAll(() => rmSync(vectors, { recursive: true, force: true }))

const scoresOf = async (benchmark: SmallBenchmark): Promise<BenchmarkEvaluation> => {
  const folder = await writeBenchmark(temporaryRoot(), benchmark)
  const program = Effect.flatMap(openBenchmark(folder), (data) => evaluateBenchmark({ data }))
  const features = interpretedFeatures(await smallClip(), { cache: vectors })
  return Effect.runPromise(Effect.scoped(Effect.provide(program, features)))
}

describe("a small CLIP on data sets in CLIP_benchmark's layout", () => {
  it.each([
    ["single", single],
    ["multilabel", multilabel],
    ["retrieval", retrieval],
  ] as const)(
    "of the kind %s has the scores that NumPy computes, each with its count and interval",
    async (kind, set) => {
      const { metrics, images } = await scoresOf(set)
      expect(images).toBe(36)
      expect(Object.keys(metrics).toSorted()).toEqual(Object.keys(golden[kind].scores).toSorted())
      for (const [name, { value, count, interval }] of Object.entries(metrics)) {
        expect(Math.abs(value - golden[kind].scores[name])).toBeLessThan(1e-6)
        expect(count).toBeGreaterThanOrEqual(36)
        expect(interval.low).toBeLessThanOrEqual(value)
        expect(interval.high).toBeGreaterThanOrEqual(value)
      }
    },
  )

  it("gives the picture's vector that NumPy computes", async () => {
    const program = Effect.gen(function* () {
      const data = yield* openMmvp(smallMmvp)
      const file = data.imageFile(data.pairs[0]!.questions[0])!
      const bytes = readFileSync(file)
      const rule = { title: "pooled", image: divaRules.dfn224.image, logit: (x: number) => x }
      const read = Effect.succeed({ bytes, about: undefined })
      return yield* (yield* Features).images({ pictures: [{ name: file, read }], rule })
    })
    const { images } = await Effect.runPromise(
      Effect.scoped(Effect.provide(program, interpretedFeatures(await smallClip()))),
    )
    const got = images[0]!.vectors.values
    expect(Math.max(...golden.images.map((x: number, i: number) => Math.abs(x - got[i]!)))).toBeLessThan(1e-5)
  })
})

describe("CLIP_benchmark's result file", () => {
  it("holds what its build command reads", async () => {
    const evaluation = await scoresOf(retrieval)
    const subject = { model: "small.pt", row: null, flavour: "openai" } as never
    const report = {
      format: "diva-benchmark",
      version: 1,
      split: "test",
      promptSource: "captions",
      subject,
      ...evaluation,
    } as const
    const result = clipBenchmarkResult(report)
    expect(Object.keys(result)).toEqual(["dataset", "model", "pretrained", "task", "metrics", "language"])
    expect(result).toMatchObject({ dataset: "wds/captions", task: "zeroshot_retrieval", pretrained: "small.pt" })
    expect(result.metrics["image_retrieval_recall@5"]).toBeCloseTo(
      golden.retrieval.scores["image_retrieval_recall@5"],
      6,
    )
  })
})

describe("a data set whose lists an editor on Windows saved", () => {
  it.each(["utf8", "utf16le"] as const)("in %s is read like others", async (encoding) => {
    const folder = await writeBenchmark(temporaryRoot(), { ...single, type: "classification" })
    const before = await Effect.runPromise(openBenchmark(folder))
    for (const name of ["classnames.txt", "zeroshot_classification_templates.txt", "dataset_type.txt"]) {
      const lines = readFileSync(join(folder, name), "utf8").trimEnd().split("\n")
      writeFileSync(join(folder, name), Buffer.from(`\ufeff${lines.join("\r\n")}\r\n`, encoding))
    }
    writeFileSync(join(folder, "test", "nshards.txt"), Buffer.from("\ufeff2\r\n", encoding))
    const { classnames, templates, task } = await Effect.runPromise(openBenchmark(folder))
    expect([classnames, templates, task]).toEqual([before.classnames, before.templates, before.task])
  })
})

describe("damage in a data set", () => {
  const damaged = new Uint8Array(pictures[0]!.subarray(0, 300))
  const withSamples = (...samples: SmallBenchmark["samples"]): SmallBenchmark => ({ ...single, samples })
  const good = single.samples

  it.each([
    ["a damaged picture", { picture: damaged, annotation: ["cls", "0"] }],
    ["no picture", { annotation: ["cls", "0"] }],
    ["no class", { picture: pictures[0] }],
    ["a class beyond the names", { picture: pictures[0], annotation: ["cls", "8"] }],
    ["a class that is no number", { picture: pictures[0], annotation: ["cls", "cat"] }],
  ] as const)("(%s) is skipped and counted", async (_, sample) => {
    const { images, skipped, metrics } = await scoresOf(withSamples(sample as never, ...good.slice(1, 4)))
    expect(images).toBe(3)
    expect(skipped).toHaveLength(1)
    expect(metrics["acc1"]!.count).toBe(3)
  })

  const failing = async (make: (root: string) => Promise<string>) => {
    const folder = await make(temporaryRoot())
    return Effect.runPromise(Effect.flip(openBenchmark(folder)))
  }

  it("of more than a few pictures ends the evaluation by a typed error", async () => {
    const folder = await writeBenchmark(
      temporaryRoot(),
      withSamples(...good.map((sample, i) => (i < 20 ? { ...sample, picture: damaged } : sample))),
    )
    const program = Effect.flatMap(openBenchmark(folder), (data) => evaluateBenchmark({ data }))
    const error = await Effect.runPromise(
      Effect.flip(Effect.scoped(Effect.provide(program, interpretedFeatures(await smallClip())))),
    )
    expect(error).toMatchObject({ _tag: "TooManyBadSamples", read: 36 })
  })

  it.each([
    ["an empty split", { shards: 0, samples: [] }, /the split is empty/],
    ["shards without samples", { shards: 1, samples: [] }, /holds no sample/],
    ["no class names", { classnames: undefined }, /names no classes/],
    ["no templates", { templates: undefined }, /has no templates/],
    ["templates without the class", { templates: ["a photo"] }, /has no templates with \{c\}/],
    ["an unknown kind", { type: "detection" }, /dataset_type.txt says "detection"/],
  ])("(%s) is a typed error", async (_, change, message) => {
    const error = await failing((root) => writeBenchmark(root, { ...single, ...change } as SmallBenchmark))
    expect(error._tag).toBe("DataSetInvalid")
    expect((error as Error).message).toMatch(message)
  })

  it("(another split) names the splits there are", async () => {
    const folder = await writeBenchmark(temporaryRoot(), single)
    const error = await Effect.runPromise(Effect.flip(openBenchmark(folder, "val")))
    expect(error).toMatchObject({ _tag: "DataSetInvalid", remedy: expect.stringContaining("test") })
  })

  it("(a folder that is not there) is told from one of another layout", async () => {
    const error = await Effect.runPromise(Effect.flip(openBenchmark(join(temporaryRoot(), "nowhere"))))
    expect((error as Error).message).toMatch(/nowhere: is not there$/)
    const empty = await Effect.runPromise(Effect.flip(openBenchmark(temporaryRoot())))
    expect((empty as Error).message).toMatch(/has no split/)
  })

  it("(a shard cut off) is a typed error", async () => {
    const folder = await writeBenchmark(temporaryRoot(), single)
    const file = join(folder, "test", "1.tar")
    writeFileSync(file, readFileSync(file).subarray(0, 5000))
    expect((await Effect.runPromise(Effect.flip(openBenchmark(folder))))._tag).toBe("TarTruncated")
  })

  it("(a missing picture of MMVP) leaves its pair out and counts it", async () => {
    const program = Effect.gen(function* () {
      const data = yield* openMmvp(smallMmvp)
      const imageFile: typeof data.imageFile = (question) =>
        question.id === "7" ? undefined : data.imageFile(question)
      return yield* evaluateMmvp({ data: { ...data, imageFile }, rule: divaRules.metaclip })
    })
    const { pairs, scores, skippedPairs } = await Effect.runPromise(
      Effect.scoped(Effect.provide(program, interpretedFeatures(await smallClip()))),
    )
    expect([pairs.length, skippedPairs, scores[0]!.pairs]).toEqual([17, 1, 17])
    expect(scores[0]!.categories[1]).toMatchObject({ pairs: 1 })
  })
})

describe("features that are kept", () => {
  it("are found again by content: a second score computes nothing and is the same", async () => {
    const [cache, model] = [temporaryRoot(), await smallClip()]
    const folder = await writeBenchmark(temporaryRoot(), single)
    const once = async () => {
      const record = await Effect.runPromise(Ref.make<readonly EvaluationEvent[]>([]))
      const program = Effect.flatMap(openBenchmark(folder), (data) => evaluateBenchmark({ data })).pipe(
        Effect.provide(interpretedFeatures(model, { cache, events: EvaluationEvents.layerRecorded(record) })),
      )
      const evaluation = await Effect.runPromise(Effect.scoped(program))
      const events = await Effect.runPromise(Ref.get(record))
      return {
        evaluation,
        cached: events.flatMap((event) => (event._tag === "described" && event.isLast ? [event.cached] : [])),
      }
    }
    const [first, second] = [await once(), await once()]
    expect(first.cached).toEqual([0, 0])
    expect(second.cached).toEqual([36, 8])
    expect(second.evaluation).toEqual(first.evaluation)
  })

  it("are, where patches are drawn, of the draws of each place: two pictures of the same bytes see patches of their own", async () => {
    const [cache, model] = [temporaryRoot(), await smallClip()]
    const same = ["first", "second"].map((name) => ({
      name,
      read: Effect.succeed({ bytes: pictures[0]!, about: name }),
    }))
    const once = () => {
      const program = Effect.flatMap(Features, ({ images }) =>
        images({ pictures: same, rule: divaRules.openai, draws: 2 }),
      )
      return Effect.runPromise(Effect.scoped(Effect.provide(program, interpretedFeatures(model, { cache }))))
    }
    const described = await once()
    const vectors = described.images.flatMap((image) => {
      const { width, values } = image!.vectors
      return [0, 1].map((draw) => values.subarray(draw * width, (draw + 1) * width).join())
    })
    expect(new Set(described.images.map((image) => image!.sha256)).size).toBe(1)
    expect(new Set(vectors).size).toBe(4)
    expect(await once()).toEqual(described)
  })

  it("are computed again where a record is damaged", async () => {
    const { openVectorCache } = await import("@diva/diva")
    const file = join(temporaryRoot(), "a", "b.vectors")
    const vector = Float32Array.of(1, 2, 3)
    const [key, other] = ["ab".repeat(32), "cd".repeat(32)]
    await Effect.runPromise(
      Effect.flatMap(openVectorCache(file, 3), ({ add }) =>
        add([
          [key, vector],
          [other, vector],
        ]),
      ),
    )
    const bytes = readFileSync(file)
    bytes[40]! ^= 1
    writeFileSync(file, bytes.subarray(0, bytes.length - 5))
    const cache = await Effect.runPromise(openVectorCache(file, 3))
    expect([cache.get(key), cache.get(other)]).toEqual([undefined, undefined])
    await Effect.runPromise(cache.add([[key, vector]]))
    expect((await Effect.runPromise(openVectorCache(file, 3))).get(key)).toEqual(vector)
  })
})
