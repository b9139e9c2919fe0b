import { afterAll, describe, expect, it } from "vitest"
import {
  adapterKey,
  attention,
  concat,
  gelu,
  matmul,
  ones,
  openDevice,
  type Device,
  type Tensor,
} from "../../src/index.ts"
import {
  cacheOfReport,
  deviceMeasurer,
  tunePrograms,
  tuningProblems,
  type TuningProblem,
} from "../../src/tune/index.ts"
import { relativeDifference, sampleData, within } from "../../src/tune/measure.ts"
import { isLoss } from "../../src/tune/search.ts"

const spec = (...shape: number[]) => ({ shape, dtype: "f32" as const })

const describe_ = ({ x, w }: { x: Tensor; w: Tensor }) => gelu(matmul(x, w))

const specs = { x: spec(96, 128), w: spec(128, 128) }

const program = { name: "small", describe: describe_ as (args: never) => unknown, specs }

/** Limits under which attention takes a decision on any adapter. */
const portable = { subgroupSize: 0, textureExtent: 0 }

const attending = {
  name: "attending",
  describe: (({ q }: { q: Tensor }) => attention(q, q, q)) as (args: never) => unknown,
  specs: { q: spec(1, 2, 9, 8) },
}

const opened: Device[] = []
const open = async () => {
  const device = await openDevice({ shippedTuning: false })
  opened.push(device)
  return device
}

afterAll(async () => {
  for (const device of opened) await device.close()
})

/** A problem with two candidates whatever the adapter: the planner asks nothing, so it can only lose. */
const unasked: TuningProblem = {
  key: "made up",
  decision: { family: "made", problem: "up", candidates: [{ n: 1 }, { n: 2 }], others: [], reference: { n: 1 } },
  specs: { x: spec(4) },
  describe: ({ x }) => ({ y: gelu(x!) }),
  uses: 1,
  flops: 1,
}

describe("tuning on this machine's adapter", () => {
  it("decides a small program's problems in bounded time, and planning follows", async () => {
    const device = await open()
    const problems = tuningProblems(program, device.planning)
    const measurer = deviceMeasurer(open)
    const begin = performance.now()
    const report = await tunePrograms([program], device.planning, adapterKey(device.info), measurer, {
      seconds: 4,
      candidates: 4,
      rounds: 3,
    })
    await measurer.close()
    expect((performance.now() - begin) / 1000).toBeLessThan(40)
    expect(report.decided.length + report.left.length).toBe(problems.length)
    for (const { entry } of report.decided) expect(entry?.measurements[0]?.outcome).toBe("measured")
    await using tuned = await openDevice({ shippedTuning: false, tuning: [cacheOfReport(report)] })
    expect(tuned.tuning()).toEqual({ entries: report.decided.length, warnings: [] })
    const { steps } = tuned.planOf(describe_, specs)
    for (const { entry } of report.decided)
      expect(steps.map(({ choice }) => choice)).toContainEqual(expect.objectContaining(entry!.winner))
  })

  it("scores candidates that cannot run as losses and goes on with the next", async () => {
    const measurer = deviceMeasurer(() => openDevice({ shippedTuning: false, planFor: portable }), {
      patience: 30,
      bytes: 1,
    })
    const [problem] = tuningProblems(attending, { ...(await open()).planning.facts, ...portable })
    const [first] = problem!.decision.candidates
    expect(await measurer.prepare(problem!, first)).toMatchObject({
      outcome: "invalid",
      reason: expect.stringContaining("bytes"),
    })
    expect(await measurer.prepare(unasked, { n: 1 })).toMatchObject({ outcome: "invalid" })
    const misdescribed = {
      ...unasked,
      describe: ({ x }: Record<string, Tensor>) => ({ y: concat([x!, ones([2, 2])]) }),
    }
    expect(await measurer.prepare(misdescribed, { n: 1 })).toMatchObject({
      outcome: "invalid",
      reason: expect.stringMatching(/^ShapeMismatch: /),
    })
    await measurer.close()
  })

  it("does not wait for what does not answer", async () => {
    const answer = await within(0.05, () => new Promise<number>(() => {}))
    expect(answer).toMatchObject({ outcome: "timeout" })
    expect(isLoss(await within(1, async () => 3))).toBe(false)
  })

  it("opens another adapter after a candidate has taken the first one down", async () => {
    const devices: Device[] = []
    const lostAtFirst = async (): Promise<Device> => {
      const device = await openDevice({ shippedTuning: false, planFor: portable })
      opened.push(device)
      devices.push(device)
      const lost = () => Promise.reject(new Error("the device was lost"))
      return devices.length === 1 ? { ...device, compile: lost, finish: lost } : device
    }
    const [problem] = tuningProblems(attending, { ...(await open()).planning.facts, ...portable })
    const measurer = deviceMeasurer(lostAtFirst)
    const [first] = problem!.decision.candidates
    expect(await measurer.prepare(problem!, first)).toMatchObject({ outcome: "invalid", reason: "the device was lost" })
    const contender = await measurer.prepare(problem!, first)
    expect(devices).toHaveLength(2)
    expect(isLoss(contender) ? contender : await measurer.time(contender)).toBeGreaterThan(0)
    await measurer.close()
  })
})

describe("comparing results", () => {
  it("is relative to the largest number and sees what is not finite on one side only", () => {
    const of = (...values: number[]) => Float32Array.from(values)
    expect(relativeDifference(of(1, 4.4), of(1, 4))).toBeCloseTo(0.1)
    expect(relativeDifference(of(0, 0), of(0, 0))).toBe(0)
    expect(relativeDifference(of(1, NaN), of(1, 1))).toBe(Infinity)
    expect(relativeDifference(of(1, NaN), of(1, NaN))).toBe(0)
  })

  it("gives each candidate the same numbers, small ones for indices", () => {
    expect(sampleData(spec(9), 1)).toEqual(sampleData(spec(9), 1))
    expect(Math.max(...sampleData({ shape: [99], dtype: "u32" }, 1))).toBeLessThan(8)
    expect(new Set(sampleData({ shape: [99], dtype: "bool" }, 1))).toEqual(new Set([0, 1]))
  })
})
