import { describe, expect, it } from "vitest"
import { runCli } from "../runCli.ts"

interface RowPlan {
  readonly row: string
  readonly frozenStorage: string
  readonly adapter: string
  readonly context: { readonly tokens: number; readonly width: number }
  readonly parameters: Readonly<Record<"clip" | "imageTower" | "textEncoder" | "trained" | "frozen", number>>
  readonly flops: number
  readonly kernels: number
  readonly memory: Readonly<Record<"peakBytes" | "inputBytes" | "momentumBytes", number>>
  readonly parts: readonly { readonly name: string; readonly flops: number }[]
}

const planned = async (...flags: readonly string[]): Promise<RowPlan> => {
  const { code, text } = await runCli("plan", "--portable", "--json", ...flags)
  expect(code).toBe(0)
  return JSON.parse(text) as RowPlan
}

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

  it("takes half the memory of the frozen weights in f16, and another diffusion model", async () => {
    const plan = await planned("--row", "openai-l14-224", "--sd-config", "sd-1-4", "--f16-frozen")
    expect(plan.frozenStorage).toBe("f16")
    expect(plan.parameters.textEncoder).toBe(123_060_480)
    const { trained, frozen } = plan.parameters
    expect(plan.memory.inputBytes).toBeLessThan(4 * 2 * trained + 2.01 * frozen + 2 ** 22)
  })

  it("suggests the nearest row", async () => {
    const { code, problem } = await runCli("plan", "--row", "openai-l14-225")
    expect(code).toBe(2)
    expect(problem).toContain("openai-l14-224")
  })
})
