import { describe, expect, it } from "vitest"
import { runCli } from "../runCli.ts"
import { planned, type RowPlan } from "./plannedRow.ts"

const flopsOf = ({ parts }: RowPlan, part: string): number => parts.find(({ name }) => name === part)!.flops

describe("diva plan", () => {
  it("counts a full-size step of OpenAI's ViT-L-14 as its publication's sizes do", async () => {
    const plan = await planned("--row", "openai-l14-224")
    expect(plan).toMatchObject({
      row: "openai-l14-224",
      frozenStorage: "f32",
      adapter: "WebGPU's default limits",
      context: { tokens: 77, width: 768 },
      parameters: {
        clip: 427_616_513,
        imageTower: 303_966_208,
        trained: 303_966_208 + 787_456,
        textEncoder: 340_387_840,
      },
    })
    // Multiply-adds of the model zoo's table: encoder 558.3, tower 81.0, UNet 402.1, each 10⁹; norms and such come on top.
    expect(flopsOf(plan, "VAE encoder") / (2 * 558.3e9)).toBeCloseTo(1, 1)
    expect(flopsOf(plan, "image tower") / (2 * 3 * 81e9)).toBeCloseTo(1, 1)
    expect(plan.kernels).toBeGreaterThan(50)
    // Weights, gradient sum and momentum alone.
    expect(plan.memory.peakBytes).toBeGreaterThan(4 * (3 * plan.parameters.trained + plan.parameters.frozen))
    expect(plan.memory.peakBytes).toBeLessThan(12 * 2 ** 30)
  })

  it("suggests the nearest row", async () => {
    const { code, problem } = await runCli("plan", "--row", "openai-l14-225")
    expect(code).toBe(2)
    expect(problem).toContain("openai-l14-224")
  })
})
