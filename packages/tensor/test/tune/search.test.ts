import { describe, expect, it } from "vitest"
import { candidatesChecksum } from "../../src/decisions/candidatesChecksum.ts"
import { defaultLimits, searchProblem } from "../../src/tune/search.ts"
import { compileSeconds, fakeMachine, fakeProblem } from "./fakeMeasurer.ts"

const limits = { ...defaultLimits, finalists: 2, rounds: 5, duels: 9 }

describe("searching one problem", () => {
  it("lets the smallest median win, not the luckiest run", async () => {
    const machine = fakeMachine({
      first: { seconds: [2] },
      lucky: { seconds: [0.1, 3, 3, 3, 3] },
      steady: { seconds: [1] },
    })
    const { entry } = await searchProblem(
      fakeProblem("a", ["first", "lucky", "steady"]),
      machine,
      { ...limits, finalists: 3 },
      1e9,
    )
    expect(entry?.winner).toEqual({ name: "steady" })
    expect(entry?.gain).toBe(2)
    expect(entry?.measurements).toContainEqual({
      choice: { name: "lucky" },
      outcome: "measured",
      milliseconds: [100, 3000, 3000, 3000, 3000],
    })
    expect(machine.held()).toBe(0)
  })

  it("asks the fastest to beat the untuned choice again, alone, before it believes it", async () => {
    const lucky = fakeMachine({ first: { seconds: [2] }, other: { seconds: [1, 1, 1, 1, 1, 2.1] } })
    const { entry } = await searchProblem(fakeProblem("a", ["first", "other"]), lucky, limits, 1e9)
    expect(entry).toMatchObject({ winner: { name: "first" }, gain: 1 })
    const rare = fakeMachine({
      first: { seconds: [2] },
      other: { seconds: [1, 1, 1, 1, 1, 1, 3, 3, 1, 1, 3, 3, 1, 1] },
    })
    const unsure = await searchProblem(fakeProblem("a", ["first", "other"]), rare, limits, 1e9)
    expect(unsure.entry).toMatchObject({ winner: { name: "first" }, gain: 1 })
  })

  it("keeps the untuned choice when others are faster only by what noise makes of equals", async () => {
    const machine = fakeMachine({ first: { seconds: [1] }, other: { seconds: [0.99] } })
    const { entry } = await searchProblem(fakeProblem("a", ["first", "other"]), machine, limits, 1e9)
    expect(entry).toMatchObject({ winner: { name: "first" }, gain: 1 })
  })

  it("holds results against the exact choice, not against the first where that computes with less", async () => {
    const machine = fakeMachine({
      half: { seconds: [1], difference: 0.5 },
      exact: { seconds: [4] },
      split: { seconds: [2], difference: 1e-6 },
    })
    const problem = fakeProblem("a", ["half", "split", "exact"])
    const decision = { ...problem.decision, reference: { name: "exact" } }
    const { entry } = await searchProblem({ ...problem, decision }, machine, limits, 1e9)
    expect(machine.log[0]).toBe("prepare exact")
    expect(entry?.winner).toEqual({ name: "split" })
    expect(entry?.measurements).toContainEqual(expect.objectContaining({ choice: { name: "half" }, outcome: "wrong" }))
    expect(machine.held()).toBe(0)
  })

  it("decides nothing where the exact choice does not run", async () => {
    const machine = fakeMachine({ half: { seconds: [1] }, exact: { seconds: [], fails: "timeout" } })
    const problem = fakeProblem("a", ["half"])
    const decision = { ...problem.decision, reference: { name: "exact" } }
    const { entry, measurements } = await searchProblem({ ...problem, decision }, machine, limits, 1e9)
    expect(entry).toBeNull()
    expect(measurements).toMatchObject([{ choice: { name: "half" }, outcome: "skipped" }])
    expect(machine.held()).toBe(0)
  })

  it("counts what does not compile, computes something else or does not answer as a loss and logs it", async () => {
    const machine = fakeMachine({
      first: { seconds: [1] },
      broken: { seconds: [], fails: "invalid" },
      wrong: { seconds: [0.001], difference: 0.5 },
      notANumber: { seconds: [0.001], difference: NaN },
      stuck: { seconds: [], fails: "timeout" },
      dying: { seconds: [0.5, 0.5], failsAtRun: 1 },
    })
    const problem = fakeProblem("a", ["first", "broken", "wrong", "notANumber", "stuck", "dying"])
    const { entry } = await searchProblem(problem, machine, limits, 1e9)
    expect(entry?.winner).toEqual({ name: "first" })
    const outcomes = entry?.measurements.map(({ choice, outcome }) => [choice["name"], outcome])
    expect(Object.fromEntries(outcomes ?? [])).toEqual({
      first: "measured",
      broken: "invalid",
      wrong: "wrong",
      notANumber: "wrong",
      stuck: "timeout",
      dying: "invalid",
    })
    expect(machine.held()).toBe(0)
  })

  it("goes on from the first candidate that works", async () => {
    const machine = fakeMachine({ first: { seconds: [], fails: "invalid" }, other: { seconds: [1] } })
    const { entry } = await searchProblem(fakeProblem("a", ["first", "other"]), machine, limits, 1e9)
    expect(entry).toMatchObject({ winner: { name: "other" }, gain: 1 })
  })

  it("decides nothing where nothing could be measured", async () => {
    const machine = fakeMachine({ first: { seconds: [], fails: "invalid" } })
    expect(await searchProblem(fakeProblem("a", ["first"]), machine, limits, 1e9)).toEqual({
      entry: null,
      measurements: [{ choice: { name: "first" }, outcome: "invalid", milliseconds: [], reason: "invalid as told" }],
    })
  })

  it("runs finalists in turn, every other round backwards", async () => {
    const machine = fakeMachine({ first: { seconds: [1] }, fast: { seconds: [0.5] }, slow: { seconds: [9] } })
    await searchProblem(fakeProblem("a", ["first", "fast", "slow"]), machine, { ...limits, rounds: 3 }, 1e9)
    expect(machine.log.filter((line) => line.startsWith("run")).slice(3, 7)).toEqual([
      "run fast",
      "run first",
      "run first",
      "run fast",
    ])
  })

  it("tries no more candidates than allowed, none near its deadline, and says which were left", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `c${i}`) as [string, ...string[]]
    const machine = fakeMachine(Object.fromEntries(names.map((name) => [name, { seconds: [0.001] }])))
    const problem = fakeProblem("a", names)
    const { entry: few } = await searchProblem(problem, machine, { ...limits, candidates: 5 }, 1e9)
    expect(few?.measurements.filter(({ reason }) => reason === "too many candidates")).toHaveLength(35)
    const begin = machine.now()
    const { entry: short } = await searchProblem(problem, machine, limits, begin + 10)
    expect(machine.now() - begin).toBeLessThanOrEqual(10 + compileSeconds)
    expect(short?.measurements.filter(({ reason }) => reason === "out of time").length).toBeGreaterThan(10)
    expect(short?.candidates).toBe(candidatesChecksum(problem.decision.candidates))
  })
})
