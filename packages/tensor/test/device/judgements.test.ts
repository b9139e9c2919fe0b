import { describe, expect, it } from "vitest"
import { judgeBindings } from "../../src/device/selfTest/bindings.ts"
import { judgeHalf, type HalfResults } from "../../src/device/selfTest/half.ts"
import { judgeSubgroups } from "../../src/device/selfTest/subgroups.ts"

describe("index clamping is left out only where", () => {
  const canary = 0xc0ffee
  const buffer = (): Uint32Array => Uint32Array.from({ length: 1024 }, (_, i) => (i >= 256 && i < 512 ? 11 : canary))

  it("nothing around the binding is written and nothing of it is read", () => {
    expect(judgeBindings(buffer(), new Uint32Array(64)).passed).toBe(true)
  })

  it.each([0, 255, 512, 600, 1023])("word %i around the binding is as it was", (at) => {
    const harmed = buffer()
    harmed[at] = 7
    expect(judgeBindings(harmed, new Uint32Array(64))).toMatchObject({
      passed: false,
      found: expect.stringMatching(/writes beyond/),
    })
  })

  it("reads beyond the binding do not see its buffer", () => {
    const leaked = Uint32Array.from({ length: 64 }, (_, i) => (i === 63 ? canary : 0))
    expect(judgeBindings(buffer(), leaked)).toMatchObject({
      passed: false,
      found: expect.stringMatching(/reads beyond/),
    })
  })
})

describe("subgroups are believed only when", () => {
  it("their size is what the adapter says", () => {
    const results = new Float32Array(12 * 256).fill(8)
    expect(judgeSubgroups(results, 16, 32)).toMatchObject({
      passed: false,
      found: expect.stringMatching(/subgroups of 8/),
    })
    expect(judgeSubgroups(new Float32Array(12 * 256).fill(Number.NaN), 8, 8).passed).toBe(false)
  })

  it("their invocations lie in a row", () => {
    const everyOther = new Float32Array(12 * 256).fill(8)
    expect(judgeSubgroups(everyOther, 8, 8)).toMatchObject({ passed: false, found: "subgroup_invocation_id is wrong" })
  })
})

describe("f16 is believed only when", () => {
  const patterns = Uint16Array.from({ length: 65_536 }, (_, i) => i)
  const stored = (): HalfResults => ({
    kept: patterns.slice(),
    widened: Float32Array.from(new Float16Array(patterns.buffer)),
    out: new Float16Array(6 * 1024),
    packed: new Uint32Array(1024),
  })

  it("every number is kept", () => {
    const results = stored()
    results.kept[0x3c00] = 0x3c01
    expect(judgeHalf(results)).toMatchObject({ passed: false, found: "the number 1 is not kept" })
  })

  it("every number widens to itself, subnormals or zero", () => {
    const flushed = stored()
    flushed.widened[1] = 0
    flushed.kept[1] = 0
    expect(judgeHalf(flushed).found).toMatch(/^a \+ b of/)
    const wrong = stored()
    wrong.widened[0x7bff] = 65_536
    expect(judgeHalf(wrong)).toMatchObject({ passed: false, found: "65504 becomes 65536 in f32" })
  })

  it("sums are right to a neighbour", () => {
    expect(judgeHalf(stored())).toMatchObject({ passed: false, found: expect.stringMatching(/gives 0$/) })
  })
})
