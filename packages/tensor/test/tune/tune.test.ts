import { describe, expect, it } from "vitest"
import {
  add,
  input,
  matmul,
  planOf,
  planningFor,
  type Decision,
  type KernelFacts,
  type Tensor,
} from "../../src/index.ts"
import {
  cacheOf,
  cacheOfReport,
  showTuning,
  tunePrograms,
  tuningProblems,
  type TuningEntry,
} from "../../src/tune/index.ts"
import { tuningFrom } from "../../src/decisions/cache.ts"
import { candidatesChecksum } from "../../src/decisions/candidatesChecksum.ts"
import { decisionKey } from "../../src/kernels/way/choice.ts"
import { tuneProblems } from "../../src/tune/tune.ts"
import { fakeMachine, fakeProblem } from "./fakeMeasurer.ts"

/** Limits of a CPU driver, which has most to decide. */
const limits: KernelFacts = {
  storageBuffers: 16,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65535,
  subgroupSize: 8,
  textureExtent: 16384,
  isSoftware: true,
}

const spec = (...shape: number[]) => ({ shape, dtype: "f32" as const })

const twice = ({ x, w }: { x: Tensor; w: Tensor }) => ({ y: matmul(add(matmul(x, w), 1), w), z: matmul(x, w) })

const program = {
  name: "twice",
  describe: twice as (args: never) => unknown,
  specs: { x: spec(128, 256), w: spec(256, 256) },
}

describe("collecting decisions", () => {
  it("finds exactly those that planning takes, each once", () => {
    const taken: Decision[] = []
    const choose = (decision: Decision) => (taken.push(decision), decision.candidates[0])
    const { steps } = planOf(twice, program.specs, planningFor(limits, { choose }))
    const problems = tuningProblems(program, limits)
    expect(problems.map(({ key }) => key).toSorted()).toEqual([...new Set(taken.map(decisionKey))].toSorted())
    // Planning asks once for groups that are alike; uses count all of them.
    expect(problems.reduce((sum, { uses }) => sum + uses, 0)).toBe(
      steps.filter(({ family }) => family === "contract").length,
    )
    expect(problems.length).toBeGreaterThan(0)
  })

  it("gives each as a program of its own that takes the same decision", () => {
    for (const problem of tuningProblems(program, limits)) {
      const asked: string[] = []
      const choose = (decision: Decision) => (asked.push(decisionKey(decision)), decision.candidates[0])
      planOf(problem.describe, problem.specs, planningFor(limits, { choose }))
      expect(asked).toContain(problem.key)
    }
  })
})

describe("planning by a cache", () => {
  const [problem] = tuningProblems(program, limits)
  const { key, decision } = problem!
  const last = decision.candidates.at(-1)!
  const entry: TuningEntry = {
    candidates: candidatesChecksum(decision.candidates),
    winner: last,
    gain: 2,
    measurements: [],
  }

  it("takes the winner", () => {
    const tuning = tuningFrom([cacheOf("it", { [key]: entry })], "it")
    const plan = planOf(twice, program.specs, planningFor(limits, { choose: tuning.choose }))
    expect(plan.steps.some(({ choice }) => Object.entries(last).every(([name, value]) => choice[name] === value))).toBe(
      true,
    )
    expect(tuning.warnings()).toEqual([])
  })

  it("takes the untuned choice and warns once where candidates have changed since", () => {
    const tuning = tuningFrom([cacheOf("it", { [key]: { ...entry, candidates: "00000000" } })], "it")
    expect(tuning.choose(decision)).toBe(decision.candidates[0])
    expect(tuning.choose(decision)).toBe(decision.candidates[0])
    expect(tuning.warnings()).toMatchObject([{ _tag: "TuningEntryStale", where: key }])
  })

  it("does not use another adapter's entries, and uses those of a pattern last", () => {
    const other = { ...entry, winner: decision.candidates[1]! }
    expect(tuningFrom([cacheOf("other", { [key]: entry })], "it").choose(decision)).toBe(decision.candidates[0])
    expect(tuningFrom([cacheOf("i*", { [key]: entry })], "it").choose(decision)).toBe(last)
    const both = { ...cacheOf("it", { [key]: other }), adapters: { it: { [key]: other }, "i*": { [key]: entry } } }
    expect(tuningFrom([both], "it").choose(decision)).toBe(other.winner)
  })
})

describe("tuning within a budget", () => {
  const names = ["a", "b", "c", "d"] as const
  const machine = () =>
    fakeMachine({ a: { seconds: [2] }, b: { seconds: [1] }, c: { seconds: [4] }, d: { seconds: [0.5] } })

  it("ends in time, decides the largest problems and tells which it left", async () => {
    const it = machine()
    const begin = it.now()
    const problems = Array.from({ length: 10 }, (_, i) => fakeProblem(String(i), [...names]))
    const { decided, left } = await tuneProblems(problems, it, { seconds: 60 })
    // Three rounds of one problem may lie beyond the end.
    expect(it.now() - begin).toBeLessThan(60 + 30)
    expect(decided.length).toBeGreaterThan(1)
    expect(decided.length + left.length).toBe(10)
    expect(left).toEqual(problems.slice(decided.length).map(({ key }) => key))
  })

  it("reports progress, winners and a cache that decides as it found", async () => {
    const seen: number[] = []
    const problem = fakeProblem("one", [...names])
    const { decided } = await tuneProblems([problem], machine(), { onDecided: ({ done }) => seen.push(done) })
    expect(seen).toEqual([1])
    const cache = cacheOfReport({ adapter: "it", decided })
    expect(tuningFrom([cache], "it").choose(problem.decision)).toEqual({ name: "d" })
    const text = showTuning({ adapter: "it", decided, left: ["fake two"], seconds: 12 })
    expect(text).toContain("fake one    1×  500 ms  4.00×  name d  4 measured")
    expect(text).toContain("1 decision measured in 12 s, 1 better than the untuned rule; 1 left for lack of time")
  })

  it("leaves problems alone that are known", async () => {
    const known = new Set(tuningProblems(program, limits).map(({ key }) => key))
    const report = await tunePrograms([program], limits, "it", machine(), { known })
    expect(report.decided).toEqual([])
  })
})

it("what a group reads becomes the arguments of its program", () => {
  const x = input(spec(256, 256), "x")
  const problems = tuningProblems({ name: "p", describe: () => matmul(x, x), specs: {} }, limits)
  expect(problems.map(({ specs }) => Object.values(specs))).toEqual([[spec(256, 256)]])
})
