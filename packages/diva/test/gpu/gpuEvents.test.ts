import { assert, describe, it } from "@effect/vitest"
import { gpuEventLines, gpuEventText, type GpuEvent } from "../../src/gpu/gpuEvents.ts"

const compiling = (done: number, busy: boolean): GpuEvent => ({ _tag: "compiling", done, total: 148, busy })

const unused: GpuEvent = { _tag: "tuningUnused", where: "tuning.json", rule: "it is not JSON", remedy: "delete it" }

describe("what a machine tells", () => {
  it("counts the kernel under way, and those that are ready while none is", () => {
    assert.strictEqual(gpuEventText(compiling(33, true)), "compiling kernel 34 of 148")
    assert.strictEqual(
      gpuEventText(compiling(120, false)),
      "120 of 148 kernels compiled, the others when they first run",
    )
    assert.strictEqual(gpuEventText(compiling(148, true)), "148 of 148 kernels compiled")
  })

  it("is a line now and then while kernels are compiled, and at once where something is wrong", () => {
    const lines: string[] = []
    let now = 0
    const tell = gpuEventLines(
      (line) => void lines.push(line),
      () => now,
    )
    for (now = 0; now <= 40; now++) tell(compiling(now, true))
    tell(unused)
    now = 100
    tell(compiling(41, false))
    for (now = 120; now <= 122; now++) tell(compiling(now - 20, true))
    assert.deepStrictEqual(lines, [
      "compiling kernel 3 of 148",
      "compiling kernel 5 of 148",
      "compiling kernel 9 of 148",
      "compiling kernel 17 of 148",
      "compiling kernel 32 of 148",
      "the tuning file tuning.json is not used: it is not JSON\n  try  delete it",
      "compiling kernel 101 of 148",
    ])
  })
})
