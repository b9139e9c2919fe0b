import { constant, interpret } from "@diva/tensor"
import { expect, test } from "vitest"
import { addNoise, noiseSchedule, parseNoiseSchedule, stableDiffusionConfigs } from "../../src/index.ts"
import { left, readArrays, readJson, right } from "../support/goldenCase.ts"

const largestRelative = (got: Float32Array, want: ArrayLike<number>): number =>
  got.reduce((largest, value, i) => Math.max(largest, Math.abs(value / want[i]! - 1)), 0)

test("the tables agree with the reference's schedulers", async () => {
  const manifest = await readJson("05_noise/manifest.json")
  const tables = await readArrays("05_noise", "tables")
  const schedule = noiseSchedule(right(parseNoiseSchedule(manifest["config"])))
  const { max_rel: bar } = manifest["tolerance"] as { readonly max_rel: number }
  expect(largestRelative(schedule.betas, tables["euler.betas"]!.data)).toBeLessThan(bar)
  expect(largestRelative(schedule.alphasCumprod, tables["euler.alphas_cumprod"]!.data)).toBeLessThan(bar)
  expect(largestRelative(schedule.alphasCumprod, tables["ddpm.alphas_cumprod"]!.data)).toBeLessThan(bar)
  expect(largestRelative(schedule.sqrtAlphasCumprod, tables["sqrt_alphas_cumprod"]!.data)).toBeLessThan(bar)
  const noiseFactor = tables["sqrt_one_minus_alphas_cumprod"]!.data
  expect(largestRelative(schedule.sqrtOneMinusAlphasCumprod, noiseFactor)).toBeLessThan(bar)
})

test("Stable Diffusion 2.1's schedule has the published shares", () => {
  const { alphasCumprod } = noiseSchedule(right(parseNoiseSchedule(stableDiffusionConfigs["sd-2-1-base"].scheduler)))
  const published = {
    0: 0.99915,
    1: 0.998296,
    100: 0.894223,
    250: 0.673793,
    500: 0.276333,
    750: 0.0561698,
    999: 0.0046601,
  }
  for (const [t, share] of Object.entries(published)) expect(alphasCumprod[Number(t)]! / share).toBeCloseTo(1, 5)
})

test("a linear schedule grows β itself in equal steps", () => {
  const { betas } = noiseSchedule({ steps: 5, betaStart: 0.1, betaEnd: 0.5, kind: "linear" })
  expect([...betas]).toEqual([0.1, 0.2, 0.3, 0.4, 0.5].map(Math.fround))
})

test("noise is added per sample with the factors of its own step", () => {
  const schedule = noiseSchedule({ steps: 10, betaStart: 0.1, betaEnd: 0.5, kind: "scaled_linear" })
  const latents = constant([1, 2, 3, 4], [2, 1, 1, 2])
  const noise = constant([5, 6, 7, 8], [2, 1, 1, 2])
  const { data } = interpret(addNoise(schedule, latents, noise, constant([9, 0], [2], "i32")))
  const mix = (t: number, x: number, e: number) =>
    schedule.sqrtAlphasCumprod[t]! * x + schedule.sqrtOneMinusAlphasCumprod[t]! * e
  for (const [i, want] of [mix(9, 1, 5), mix(9, 2, 6), mix(0, 3, 7), mix(0, 4, 8)].entries())
    expect(data[i]).toBeCloseTo(want, 6)
})

test("a schedule of another prediction type is refused by name", () => {
  const error = left(parseNoiseSchedule({ prediction_type: "v_prediction" }))
  expect(error).toMatchObject({ _tag: "ConfigInvalid", field: "prediction_type" })
})
