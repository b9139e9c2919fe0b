import { assert, describe, it } from "@effect/vitest"
import { constant, interpret, type Tensor } from "@diva/tensor"
import { halfStatistics, openaiStatistics, type ChannelStatistics } from "@diva/models"
import { correctedSwitches, referenceSwitches, type Switches } from "../../src/objective/switches.ts"
import { clipImage } from "../../src/objective/towerImage.ts"
import { tinyConfig } from "../train/tinyRun.ts"

const size = 8

/** What a tower of these statistics sees of pixels 0 … 1, [3, edge, edge]. */
const seen = (pixels: readonly number[], statistics: ChannelStatistics, switches: Partial<Switches>) => {
  const edge = Math.sqrt(pixels.length / 3)
  const normalised = pixels.map((value, i) => {
    const channel = Math.floor(i / (edge * edge))
    return (value - openaiStatistics.mean[channel]!) / openaiStatistics.std[channel]!
  })
  const { method } = tinyConfig
  const image = { ...method.models.image, imageSize: size, statistics }
  const tensor: Tensor = constant(normalised, [1, 3, edge, edge])
  const changed = { ...method, models: { ...method.models, image }, switches: { ...referenceSwitches, ...switches } }
  return [...interpret(clipImage(changed, tensor)).data]
}

const filled = (value: number, edge = size): readonly number[] => Array.from({ length: 3 * edge * edge }, () => value)

describe("the image tower's input", () => {
  it("is normalised by OpenAI's statistics for every tower in training, as the original has it (15)", () => {
    const [red] = seen(filled(1), halfStatistics, {})
    assert.closeTo(red!, (1 - openaiStatistics.mean[0]) / openaiStatistics.std[0], 1e-5)
  })

  it("spans −1 … 1 for SigLIP's towers where pixels are the tower's own (15)", () => {
    for (const value of [0, 0.5, 1])
      for (const found of seen(filled(value), halfStatistics, { towerPixels: "towerStatistics" }))
        assert.closeTo(found, 2 * value - 1, 1e-5)
  })

  it("is the same for OpenAI's towers, whichever statistics are meant (15)", () => {
    const pixels = Array.from({ length: 3 * 256 }, (_, i) => (i % 17) / 16)
    const [one, other] = (["openaiStatistics", "towerStatistics"] as const).map((towerPixels) =>
      seen(pixels, openaiStatistics, { towerPixels }),
    )
    assert.deepStrictEqual(one, other)
  })

  it("loses a line that falls between its samples, as the original resizes, and keeps it where antialiased (16)", () => {
    // White on the first of every four pixels: the two that a sample is made of lie beside it.
    const edge = 4 * size
    const lines = Array.from({ length: 3 * edge * edge }, (_, i) => ((i % edge) % 4 === 0 ? 1 : 0))
    const black = -openaiStatistics.mean[0] / openaiStatistics.std[0]
    const aliased = seen(lines, openaiStatistics, {})
    assert.closeTo(Math.max(...aliased.slice(0, size * size)), black, 1e-5)
    const antialiased = seen(lines, openaiStatistics, { towerResize: "antialiased" })
    assert.isAbove(antialiased[1]! - black, 0.1)
  })

  it("is the tower's own and antialiased where the original's mistakes are corrected", () => {
    assert.strictEqual(correctedSwitches.towerPixels, "towerStatistics")
    assert.strictEqual(correctedSwitches.towerResize, "antialiased")
  })
})
