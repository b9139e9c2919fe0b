import { readFileSync } from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as E from "fp-ts/lib/Either.js"
import { TestClock } from "effect/testing"
import { EvaluationEvents } from "../../src/evaluate/evaluationEvents.ts"
import { worldDemo } from "../../src/demo/worldDemo.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import {
  prepareStudy,
  readResults,
  readStudy,
  runStudy,
  stepsLeft,
  stepsOf,
  studyPage,
  withKept,
  type Study,
  type StudyResult,
} from "../../src/study/index.ts"
import { studyFindings } from "../../src/study/studyFindings.ts"
import { against } from "../../src/study/studyGains.ts"
import { armTraining } from "../../src/study/studyArm.ts"
import { appendResult } from "../../src/study/studyResults.ts"
import { readConfigs } from "../../src/sources/readConfigs.ts"
import { checkTraining } from "../../src/train/checkTraining.ts"
import { shippedWorld } from "../../src/world/index.ts"
import { layerMemoryFiles, memoryFiles } from "../files/memoryFiles.ts"
import { temporaryFolder } from "../train/folderRun.ts"
import { tinyWorld } from "./tinyWorld.ts"

const tiny = { updates: 1, patches: 3, "images-per-update": 2, batch: 2, "train-steps": 1, "warmup-ratio": 0 } as const

const study: Study = {
  registered: {
    claim: "It helps.",
    arm: "main",
    against: "before",
    endpoint: "control pairs",
    decision: "interval above 0",
    on: "before any run",
  },
  scenes: 6,
  sceneSeed: 3,
  classScenes: 4,
  arms: [
    { name: "another", asks: "Whose picture?", seeds: [1], settings: tiny, feedback: "another" },
    { name: "main", asks: "Does it help?", seeds: [1, 2], settings: tiny },
    { name: "random", asks: "Whose knowledge?", seeds: [1], settings: tiny, prior: "random" },
  ],
}

/** The study with pairs of its own. */
const search: Study = { ...study, benchmark: { seed: 9, pairs: 1 }, arms: [study.arms[1]!] }

layer(Gpu.layerInterpreter)("the world's programs, with the smallest models", (it) => {
  it.effect("the demonstration scores before and after each seed and writes its page", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const world = yield* tinyWorld(path.join(folder, "world"))
      const options = { folder: path.join(folder, "demo"), world, updates: 1, scenes: 4, seeds: [1, 2], changes: tiny }
      const { before, after, sets, report } = yield* worldDemo(options)
      assert.deepStrictEqual(
        sets.map(({ set, pairs, categories }) => [set, pairs, categories.length]),
        [
          ["confused", 9, 9],
          ["control", 9, 9],
        ],
      )
      assert.deepStrictEqual(
        after.map(({ seed }) => seed),
        [1, 2],
      )
      const hashOf = ({ confused }: typeof before) => confused.subject.imageWeightsSha256
      assert.strictEqual(new Set([before, ...after.map(({ scores }) => scores)].map(hashOf)).size, 3)
      const page = readFileSync(report, "utf8")
      for (const part of ["pairs that the CLIP confuses", "pairs that nothing chose", "Structural Characteristics"])
        assert.include(page, part)
    }).pipe(Effect.scoped, Effect.provide(EvaluationEvents.layerSilent)),
  )

  it.effect(
    "the study runs the registered arm first, skips what is done, keeps to its budget, and tells its page",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const world = yield* tinyWorld(path.join(folder, "world"))
        const results = path.join(folder, "results.jsonl")
        const request = { study, world, folder: path.join(folder, "runs"), results }
        assert.strictEqual(yield* runStudy({ ...request, budgetMinutes: 0 }), 4)
        assert.strictEqual(yield* runStudy({ ...request, only: ["main"] }), 0)
        assert.strictEqual(yield* runStudy({ ...request, budgetMinutes: 0 }), 2)
        assert.strictEqual(yield* runStudy(request), 0)
        assert.strictEqual(yield* runStudy(request), 0)
        const found = yield* readResults(results)
        assert.deepStrictEqual(
          found.map(({ arm, seed }) => [arm, seed]),
          [
            ["before", 0],
            ["main", 1],
            ["main", 2],
            ["another", 1],
            ["random", 1],
          ],
        )
        const [, one, , another, random] = found
        assert.strictEqual(new Set([one, another, random].map((run) => run!.loss[0])).size, 3)
        const names = { study: "own.json", results: "own.results.jsonl", figure: "images/own.svg" }
        const page = studyPage(study, found, names)
        for (const { name } of study.arms) assert.include(page, `| ${name} |`)
        assert.match(page, /over 2 seeds/)
        assert.match(page, /^# .*\? \(own\)\n/)
        assert.match(page, /from own.json and own.results.jsonl; [^]*\(images\/own.svg\)/)
      }).pipe(Effect.scoped, Effect.provide(EvaluationEvents.layerSilent)),
  )

  it.effect("two processes that run one study do each step once, and its pairs and first scores are made once", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const world = yield* tinyWorld(path.join(folder, "world"))
      const results = path.join(folder, "results.jsonl")
      const stages: string[] = []
      const onStage = (stage: string) => Effect.sync(() => void stages.push(stage))
      const request = { study: search, world, folder: path.join(folder, "runs"), results, onStage }
      const { scoredOn, shared } = yield* prepareStudy(request)
      assert.strictEqual(scoredOn.control, path.join(folder, "runs", `shared-${shared}`, "control"))
      assert.strictEqual(yield* stepsLeft(request), 2)
      yield* Effect.all([runStudy(request), runStudy(request)], { concurrency: 2 }).pipe(TestClock.withLive)
      assert.strictEqual(yield* stepsLeft(request), 0)
      const lines = readFileSync(results, "utf8").trim().split("\n")
      assert.deepStrictEqual(
        lines.map((line) => (JSON.parse(line) as StudyResult).arm),
        ["before", "main", "main"],
      )
      assert.deepStrictEqual(
        stages.filter((stage) => stage.startsWith("scoring")),
        ["scoring the CLIP as it is"],
      )
      const other = { ...request, study: { ...search, benchmark: { seed: 10, pairs: 1 } } }
      assert.strictEqual(yield* stepsLeft(other), 2)
    }).pipe(Effect.scoped, Effect.provide(EvaluationEvents.layerSilent)),
  )

  it.effect.each(["study.json", "search.json", "confirm.json", "confirm-near-start.json"])(
    "every arm of %s is a training of the world that ships",
    (file) =>
      Effect.gen(function* () {
        const read = yield* readStudy(fileURLToPath(new URL(`../../../../study/${file}`, import.meta.url)))
        const { clip, diffusion } = shippedWorld
        const models = yield* readConfigs({ clip, clipConfig: clip, sd: diffusion })
        const titles: string[] = []
        for (const { arm, seed } of stepsOf(read)) {
          const training = yield* armTraining(arm, models, seed)
          const checked = checkTraining({ ...training, weights: {} as never })
          assert.isTrue(E.isRight(checked), `${arm.name}: ${JSON.stringify(checked)}`)
          titles.push(`${arm.name} ${seed}`)
        }
        assert.strictEqual(new Set(titles).size, titles.length)
        assert.isAtLeast(titles.length, 15)
      }),
  )

  it.effect("runs kept from earlier weights are an arm of their own, unless they began from another CLIP", () => {
    const disk = memoryFiles()
    return Effect.gen(function* () {
      const score = (average: number) => ({ average, categories: new Array<number>(9).fill(average) })
      const line = (arm: string, seed: number, average: number) =>
        ({
          key: `${arm} ${seed} ${average}`,
          arm,
          seed,
          control: score(average),
          confused: score(20),
          loss: [1, 1],
        }) as never
      for (const [arm, seed, average] of [
        ["before", 0, 30],
        ["main", 1, 26],
        ["main", 2, 25],
        ["other", 1, 10],
      ] as const)
        yield* appendResult("/study/earlier.jsonl", line(arm, seed, average))
      const kept = [{ name: "early", asks: "An earlier prior?", results: "/study/earlier.jsonl", arm: "main" }]
      const own: readonly StudyResult[] = [line("before", 0, 30), line("main", 1, 28), line("main", 2, 27)]
      const shown = yield* withKept({ ...study, kept }, own)
      assert.deepStrictEqual(
        shown.results.map(({ arm, seed }) => `${arm} ${seed}`),
        ["before 0", "main 1", "main 2", "early 1", "early 2"],
      )
      const points = against(shown.results, "early", "main", ({ control }) => control.average)
      assert.deepStrictEqual(points, [-2, -2])
      const worse = [line("before", 0, 31), ...own.slice(1)]
      const failure = yield* Effect.flip(withKept({ ...study, kept }, worse))
      assert.strictEqual(failure._tag, "ConfigInvalid")
    }).pipe(Effect.provide(layerMemoryFiles(disk)))
  })

  it("findings say where each arm's interval lies, and which arm is best", () => {
    const line = (arm: string, seed: number, average: number) => ({ arm, seed, control: { average } }) as StudyResult
    const found = [
      line("before", 0, 30),
      ...[25, 25.5, 25.2].map((average, i) => line("main", i + 1, average)),
      ...[33, 33.2, 33.1].map((average, i) => line("another", i + 1, average)),
      ...[10, 10].map((average, i) => line("random", i + 1, average)),
    ]
    const text = studyFindings(study, found)
    assert.include(
      text,
      "1 of 2 arms raises the share of solved control pairs, with the whole interval above 0 (`another`).",
    )
    assert.include(text, "1 of 2 arms lowers it, with the whole interval below 0 (`main`).")
    // Two runs that agree would have an interval of no width.
    assert.include(text, "Fewer than 3 runs, which decide nothing: `random`.")
    assert.include(text, "The highest mean is that of `another`: +3.1")
    assert.include(text, "better is `another` and none worse")
    assert.strictEqual(studyFindings(study, []), "No arm has 3 runs yet.")
  })

  it.effect("a line that a kill cut off is left out, and the next stands on a line of its own", () => {
    const disk = memoryFiles()
    return Effect.gen(function* () {
      const file = "/study/results.jsonl"
      const line = (key: string) => ({ key, arm: key }) as unknown as StudyResult
      yield* appendResult(file, line("a"))
      disk.files.set(file, Buffer.concat([disk.files.get(file)!, Buffer.from('null\n{"key":"cut","ar')]))
      yield* appendResult(file, line("b"))
      yield* appendResult(file, line("b"))
      assert.deepStrictEqual(
        (yield* readResults(file)).map(({ key }) => key),
        ["a", "b"],
      )
    }).pipe(Effect.provide(layerMemoryFiles(disk)))
  })
})
