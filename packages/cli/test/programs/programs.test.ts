import { planOf, type KernelFacts } from "@diva/tensor"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { countingRuns } from "../../src/programs/countingRuns.ts"
import { parseProgram, programHelp, programKinds, spelled } from "../../src/programs/parseProgram.ts"
import { sampleArguments } from "../../src/programs/sampleArguments.ts"
import { decidedLine, renderProblems, renderWarning } from "../../src/render/tuneReport.ts"

const limits: KernelFacts = {
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
  workgroupsPerAxis: 65535,
  subgroupSize: 0,
  textureExtent: 0,
}

const parsed = (text: string) => Effect.runPromise(parseProgram("diva profile", text))

/** Sizes at which describing and planning takes no time. */
const small: Readonly<Record<string, string>> = {
  "micro-step": "1",
  block: "5x8x2",
  matmul: "3x4x5",
  convolution: "2x4",
  attention: "2x5x4",
}

describe("a program named on the command line", () => {
  it.each(programKinds.map((kind) => [kind.name, kind] as const))(
    "(%s) can be planned at small sizes",
    async (name, kind) => {
      const built = await parsed(`${name}:${small[name]}`)
      const { steps, flops } = planOf(built.describe as (args: unknown) => unknown, built.specs as never, limits)
      expect(steps.length).toBeGreaterThan(0)
      expect(flops).toBeGreaterThan(0)
      expect(programHelp()).toContain(spelled(kind))
    },
  )

  it("has standard sizes where none are given", async () => {
    expect((await parsed("matmul")).name).toBe("matmul 1024x1024x1024")
    expect((await parsed("matmul:257")).name).toBe("matmul 257x1024x1024")
  })

  it("counts a block's work: twelve contractions of 2·m·n·k and the attention between them", async () => {
    const { describe: program, specs } = await parsed("block:16x32x4")
    const { flops } = planOf(program as (args: unknown) => unknown, specs as never, limits)
    const linear = 3 * 2 * 16 * 32 * 32 * (3 + 1 + 4 + 4)
    expect(flops).toBeGreaterThan(linear)
    expect(flops).toBeLessThan(1.6 * linear)
  })

  it.each(["blok", "matmul:0x1", "matmul:1x2x3x4", "matmul:-1", "matmul:1e9", "matmul:1x"])("%s is refused", (text) => {
    const error = Effect.runSync(Effect.flip(parseProgram("diva profile", text)))
    expect(error).toMatchObject({ _tag: "Usage", remedy: expect.stringContaining("block:257x1024x16") })
  })
})

it("a profile hears of every ordinary run before it begins", () => {
  const [runs, told] = [[] as string[], [] as number[]]
  const compiled = Object.assign((args: { readonly x: string }) => void runs.push(args.x), {
    plan: {},
    timed: (args: { readonly x: string }) => void runs.push(`timed ${args.x}`),
    dispose: () => void runs.push("disposed"),
  })
  const counting = countingRuns(compiled as never, (run) => void told.push(run)) as unknown as typeof compiled
  counting({ x: "a" })
  counting.timed({ x: "b" })
  counting({ x: "c" })
  counting.dispose()
  expect([runs, told]).toEqual([
    ["a", "timed b", "c", "disposed"],
    [0, 1],
  ])
})

it("sample arguments fit the specs and are small", () => {
  const { x, key } = sampleArguments({ x: { shape: [50], dtype: "f32" }, key: { shape: [2], dtype: "u32" } }) as Record<
    string,
    { readonly data: Float32Array }
  >
  expect(Math.max(...x!.data)).toBeLessThan(0.06)
  expect(new Set(x!.data).size).toBeGreaterThan(40)
  expect([...key!.data]).toEqual([1, 1])
})

describe("what tuning says", () => {
  it("lists decisions, or that there are none", () => {
    expect(renderProblems([])).toMatch(/^nothing to decide/)
    const problem = {
      key: "contract 1x2x3 nn",
      decision: {
        family: "contract",
        problem: "1x2x3 nn",
        candidates: [{ rows: 8 }, { rows: 16 }] as const,
        others: [],
        reference: { rows: 8 },
      },
      specs: {},
      describe: () => ({}),
      uses: 3,
      flops: 2e9,
    }
    expect(renderProblems([problem])).toBe(
      "decision           uses  GFLOP  candidates\ncontract 1x2x3 nn     3      2           2",
    )
  })

  it("tells of one decision, and of a cache that is not used", () => {
    expect(decidedLine({ problem: { key: "k", uses: 1, flops: 1 }, entry: null, measurements: [] })).toBe(
      "k: none worked",
    )
    const warning = {
      _tag: "TuningCacheInvalid",
      where: "f.json",
      rule: "it is not JSON",
      remedy: "delete it",
    } as const
    expect(renderWarning(warning)).toBe("TuningCacheInvalid in f.json: it is not JSON\n  try  delete it")
  })
})
