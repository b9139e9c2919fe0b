import { describe, expect, it } from "vitest"
import { renderEstimates, renderKernels } from "../../src/render/train/stepEstimates.ts"
import type { StepEstimate } from "../../src/train/estimateRow.ts"
import { runCli } from "../runCli.ts"

const estimate = (precision: StepEstimate["precision"], seconds: number): StepEstimate => ({
  model: "nvidia hopper",
  precision,
  batch: 4,
  seconds,
  secondsAnImage: seconds / 4,
  dispatches: 1903,
  chain: 1630,
  peakBytes: 2 ** 33,
  families: [
    { family: "attention", dispatches: 57, seconds: seconds - 0.001, flops: 1, bytes: 1 },
    ...(precision === "high" ? [{ family: "layout", dispatches: 2, seconds: 0.001, flops: 0, bytes: 1 }] : []),
  ],
  kernels: [
    { family: "attention", way: "tiles", label: "attention+reshape", dispatches: 57, seconds, flops: 2e12, bytes: 1 },
    { family: "rows", way: "walks", label: "sum+add", dispatches: 1846, seconds: 0.001, flops: 1e6, bytes: 2 ** 30 },
  ],
})

describe("estimates", () => {
  it("stand side by side, a family a line, told from measurements", () => {
    const text = renderEstimates("row on nvidia-h200", [estimate("highest", 0.2), estimate("high", 0.101)])
    expect(text).toContain('by the cost model "nvidia hopper": expected, not measured')
    expect(text).toMatch(/precision +highest +high/)
    expect(text).toMatch(/attention +199 ms \(57\) +100 ms \(57\)/)
    expect(text).toMatch(/layout +– +1 ms \(2\)/)
    expect(text).toMatch(/a micro-step +200 ms +101 ms/)
    expect(text).toMatch(/an image +50 ms +25.3 ms/)
    expect(text).toMatch(/dispatches +1,903 +1,903/)
  })

  it("can be told kernel by kernel, those of much arithmetic with their rate", () => {
    const text = renderKernels("row on nvidia-h200", [estimate("high", 0.1)])
    expect(text).toContain("expected, not measured")
    expect(text).toContain("high, batch 4: 100 ms in 1,903 dispatches, 1,630 of which wait for each other")
    expect(text).toMatch(/57 +100 ms +20\.0 TFLOP\/s .*attention +tiles +attention\+reshape/)
    expect(text).toMatch(/1,846 +1 ms +1 GiB +rows +walks +sum\+add/)
  })

  it("of an adapter that nobody knows are refused with the known ones", async () => {
    const { code, notes } = await runCli("plan", "--adapter", "nvidia-h2000")
    expect(code).toBe(2)
    expect(notes.join("\n")).toContain("nvidia-h200")
  })
})
