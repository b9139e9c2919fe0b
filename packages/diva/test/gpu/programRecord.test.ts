import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Ref } from "effect"
import { mul, planOf, type KernelFacts, type Tensor } from "@diva/tensor"
import { Shards } from "../../src/data/index.ts"
import { Gpu } from "../../src/gpu/gpu.ts"
import { interpreterGpu } from "../../src/gpu/interpreterGpu.ts"
import { openManifest, readManifest } from "../../src/run/manifest.ts"
import { computedDifferently, noting, recordOf, type ProgramRecord } from "../../src/gpu/programRecord.ts"
import type { TrainEvent } from "../../src/train/observe/events.ts"
import { temporaryFolder } from "../train/folderRun.ts"
import { tinyConfig, tinyShardsOptions, writeTinyShard } from "../train/tinyRun.ts"

const limits: KernelFacts = {
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65_535,
  subgroupSize: 0,
  textureExtent: 0,
}

const planBy = (factor: number, size = 4) =>
  planOf(({ x }: { x: Tensor }) => mul(x, factor), { x: { shape: [size], dtype: "f32" } }, limits, {
    name: "times",
  })

const { info: machine } = interpreterGpu

const record = (rows: number, sha256 = String(rows)): ProgramRecord => ({
  name: "microStep",
  sha256,
  choices: { "contract 8x8x8 nn": { rows }, "reduce 8": { lanes: 8 } },
})

describe("the record of a program", () => {
  it("is the same for the same plan, and another for other shaders or sizes", () => {
    const digest = (...args: Parameters<typeof planBy>) => recordOf(planBy(...args), {}).sha256
    assert.strictEqual(digest(2), digest(2))
    assert.notStrictEqual(digest(2), digest(3))
    assert.notStrictEqual(digest(2), digest(2, 5))
  })

  it("holds what was chosen for each problem, by tuning or by rule", () => {
    const decision = {
      family: "contract",
      problem: "8x8x8",
      candidates: [{ rows: 24 }, { rows: 16 }],
      others: [],
      reference: { rows: 24 },
    } as const
    const [tuned, untuned] = [noting(() => decision.candidates[1]), noting(undefined)]
    assert.deepStrictEqual(tuned.choose(decision), { rows: 16 })
    assert.deepStrictEqual(tuned.choices(), { "contract 8x8x8": { rows: 16 } })
    assert.deepStrictEqual(untuned.choose(decision), { rows: 24 })
  })
})

describe("two launches of a run", () => {
  it("compute the same with the same programs on the same adapter", () => {
    const launch = { machine, programs: [record(24)] }
    assert.deepStrictEqual(computedDifferently(launch, { machine, programs: [record(24)] }), [])
    assert.deepStrictEqual(computedDifferently({ machine }, launch), [])
  })

  it("differ by what was chosen, by how it is compiled, and by the adapter, and say so", () => {
    const before = { machine, programs: [record(24)] }
    const [tuned] = computedDifferently(before, { machine, programs: [record(16)] })
    assert.include(tuned, 'contract 8x8x8 nn: {"rows":24} → {"rows":16}')
    assert.notInclude(tuned, "reduce")
    const [compiled] = computedDifferently(before, { machine, programs: [record(24, "other")] })
    assert.include(compiled, "another version")
    const [moved] = computedDifferently(before, { ...before, machine: { ...machine, description: "another adapter" } })
    assert.include(moved, "another adapter")
  })
})

/** A machine that has compiled nothing when a run opens its manifest, and another of `records` whenever it is asked later. */
const compiledTo = (...records: readonly ProgramRecord[]) =>
  Layer.sync(Gpu, () => {
    let asked = 0
    return Gpu.of({ ...interpreterGpu, compiled: Effect.sync(() => records.slice(0, asked++)) })
  })

const started = (from: number): TrainEvent => ({
  _tag: "started",
  updates: 4,
  from,
  imagesPerUpdate: 2,
  trainedParameters: 1,
  observers: [{ name: "checkpoints", every: 2 }],
  execution: { images: 1, draws: 2, recompute: [] },
})

/** One launch of a run, and what it was told besides. */
const launch = Effect.fnUntraced(function* (file: string, shard: string, from: number, rows: number) {
  const told = yield* Ref.make<readonly TrainEvent[]>([])
  const tell = (event: TrainEvent) => Ref.update(told, (events) => [...events, event])
  const services = Layer.merge(compiledTo(record(rows)), Shards.layerTar(shard, tinyShardsOptions))
  const { sink, complete } = yield* openManifest(file, tinyConfig, [], tell).pipe(Effect.provide(services))
  yield* sink(started(from))
  yield* complete(Exit.void)
  return yield* Ref.get(told)
})

describe("a run's manifest", () => {
  it.effect(
    "records what each launch's programs were compiled to, and tells a resumed run that computes otherwise",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const [file, shard] = [join(folder, "manifest.json"), join(folder, "data.tar")]
        yield* writeTinyShard(shard)
        assert.deepStrictEqual(yield* launch(file, shard, 0, 24), [])
        assert.deepStrictEqual(yield* launch(file, shard, 2, 24), [])
        const [warning, ...others] = yield* launch(file, shard, 3, 16)
        assert.deepStrictEqual(others, [])
        assert.isTrue(warning?._tag === "computesDifferently" && warning.rule.includes('{"rows":16}'))
        const manifest = (yield* readManifest(file))!
        assert.deepStrictEqual(
          manifest.launches.map(({ programs }) => programs),
          [[record(24)], [record(24)], [record(16)]],
        )
      }),
  )

  it.effect("records a program that is compiled later while the run goes on", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const [file, shard] = [join(folder, "manifest.json"), join(folder, "data.tar")]
      yield* writeTinyShard(shard)
      const score = { ...record(8), name: "score" }
      const services = Layer.merge(compiledTo(record(24), score), Shards.layerTar(shard, tinyShardsOptions))
      const { sink } = yield* openManifest(file, tinyConfig, []).pipe(Effect.provide(services))
      yield* sink(started(0))
      yield* sink({ _tag: "compiled", program: "score" })
      const [only] = (yield* readManifest(file))!.launches
      assert.deepStrictEqual(only!.programs, [record(24), score])
    }),
  )
})
