import { describe, expect, it } from "vitest"
import {
  chromeTrace,
  familyWork,
  kernelWork,
  profilePicture,
  showProfile,
  totalWork,
  type Profile,
  type StepProfile,
} from "../../src/profile/index.ts"
import { stepProfiles } from "../../src/profile/profile.ts"

const step = (group: number, part: Partial<StepProfile>): StepProfile => ({
  label: "contract+gelu",
  family: "contract",
  group,
  choice: { rows: 24 },
  flops: 4e6,
  bytes: 1e6,
  at: "block (model.ts:12:3)",
  start: group * 0.01,
  compute: 0.004,
  staging: 0.001,
  ...part,
})

const profile: Profile = {
  name: "block",
  adapter: "mesa <software>",
  method: "timestamps",
  runs: 5,
  ceilings: { flopsPerSecond: 1e9, bytesPerSecond: 1e9, matrices: [] },
  seconds: 0.02,
  wallSeconds: 0.021,
  submitSeconds: 0.0001,
  peakBytes: 2 ** 20,
  steps: [
    step(0, {}),
    step(1, {}),
    // One group of two dispatches, whose work is written at the first.
    step(2, { label: "winograd input", family: "conv2d", choice: {}, flops: 8e6, compute: 0.002, staging: 0 }),
    step(2, { label: "winograd product", family: "conv2d", choice: {}, flops: 0, compute: 0.008, staging: 0 }),
  ],
}

describe("summing a profile up", () => {
  it("counts groups that do the same as one kernel and a group's dispatches together", () => {
    const kernels = kernelWork(profile)
    expect(kernels.map(({ label, groups, dispatches }) => [label, groups, dispatches])).toEqual([
      ["contract+gelu", 2, 2],
      ["winograd product", 1, 2],
    ])
    expect(kernels[0]!.seconds).toBeCloseTo(0.01)
    expect(kernels[0]!.flopsShare).toBeCloseTo(0.8)
    expect(kernels[1]!.flopsShare).toBeCloseTo(0.8)
  })

  it("loses nothing: families and kernels both add up to the whole", () => {
    const whole = totalWork(profile)
    for (const parts of [familyWork(profile), kernelWork(profile)])
      for (const key of ["seconds", "flops", "bytes", "share", "dispatches"] as const)
        expect(parts.reduce((sum, part) => sum + part[key], 0)).toBeCloseTo(whole[key])
    expect(whole.share).toBeCloseTo(1)
  })

  it("takes the median of each step and the timeline of the middle run", () => {
    const times = (start: number, compute: number) => [{ start, staging: 0, compute }]
    const plan = { steps: [{ ...step(0, {}) }] } as never
    const [found] = stepProfiles(plan, [times(0.1, 5), times(0.2, 1), times(0.3, 2)])
    expect(found).toMatchObject({ compute: 2, start: 0.3 })
  })
})

describe("showing a profile", () => {
  it("is a table of families and kernels", () => {
    expect(showProfile(profile)).toMatchInlineSnapshot(`
      "block on mesa <software>
      20 ms in 4 dispatches (median of 5 runs by timestamps); ordinary run 21 ms, of which encoding and submitting 100 µs, 25 µs per dispatch
      measured ceilings: 1 GFLOP/s multiply-add, 954 MiB/s copied; predicted peak memory 1 MiB

       time  of all         rate  of FMA      moved  of copy  dispatches  family
      10 ms    50 %  800 MFLOP/s    80 %  191 MiB/s     20 %           2  contract
      10 ms    50 %  800 MFLOP/s    80 %  191 MiB/s     20 %           2  conv2d
      20 ms   100 %  800 MFLOP/s    80 %  191 MiB/s     20 %           4  all

       time  of all         rate  of FMA      moved  of copy      family    kernel                        choice   described at
      10 ms    50 %  800 MFLOP/s    80 %  191 MiB/s     20 %  2×  contract  contract+gelu (staging 20 %)  rows 24  block (model.ts:12:3)
      10 ms    50 %  800 MFLOP/s    80 %  191 MiB/s     20 %      conv2d    winograd product                       block (model.ts:12:3)"
    `)
  })

  it("names what matrix units reach, the fastest shape of each pair of types", () => {
    const shape = { m: 16, n: 16, k: 16, operands: "f16", sums: "f32" } as const
    const matrices = [
      { shape, flopsPerSecond: 4e14 },
      { shape: { ...shape, n: 8 }, flopsPerSecond: 5e14 },
    ]
    const text = showProfile({ ...profile, ceilings: { ...profile.ceilings, matrices } })
    expect(text).toContain("500 TFLOP/s on matrix units (f16 → f32)")
    expect(text).not.toContain("400 TFLOP/s")
  })

  it("lists as many kernels as asked and says what the rest took", () => {
    expect(showProfile(profile, { kernels: 1 })).toContain("… and 1 more kernels of 10 ms together")
  })

  it("is a Chrome trace whose events lie where they ran", () => {
    const { traceEvents } = chromeTrace(profile)
    const spans = traceEvents.filter(({ ph }) => ph === "X")
    expect(spans).toHaveLength(6)
    expect(spans[2]).toMatchObject({ name: "stage for contract+gelu", tid: 2, dur: 1000, ts: 9000 })
    expect(spans[3]).toMatchObject({ name: "contract+gelu", cat: "contract", tid: 1, dur: 4000, ts: 10000 })
    expect(JSON.parse(JSON.stringify(chromeTrace(profile)))).toEqual(chromeTrace(profile))
  })

  it("is a picture with a bar per family and kernel, and no unescaped text", () => {
    const svg = profilePicture(profile)
    expect(svg.match(/<g>/g)).toHaveLength(4)
    expect(svg).toContain("mesa &lt;software&gt;")
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    const height = Number(/height="(\d+)"/.exec(svg)?.[1])
    for (const [, y] of svg.matchAll(/ y="(\d+)"/g)) expect(Number(y)).toBeLessThan(height)
  })

  it("of a program that does nothing is still a profile", () => {
    const empty = { ...profile, steps: [], seconds: 0 }
    expect(showProfile(empty)).toContain("in 0 dispatches")
    expect(profilePicture(empty)).not.toMatch(/NaN|undefined|Infinity/)
  })
})
