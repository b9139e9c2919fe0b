import { expect, it } from "vitest"
import { renderEvent } from "../../src/render/train/trainEvents.ts"
import { renderLossMove } from "../../src/render/train/lossSummary.ts"
import { plain } from "../../src/text/style.ts"

const execution = { images: 1, draws: 1, recompute: [] }

it("a run of one update of one image is told in the singular", () => {
  const started = { updates: 1, from: 0, imagesPerUpdate: 1, trainedParameters: 7, execution } as never
  expect(renderEvent({ _tag: "started", ...(started as object) } as never, plain)).toMatch(/^1 update, 1 image each, /)
  expect(renderEvent({ _tag: "finished", update: 1, seconds: 2 } as never, plain)).toBe("1 update in 2 s")
})

it("the loss of one update has not moved", () => {
  expect(renderLossMove([1.25], plain)).toBe("loss 1.2500")
  expect(renderLossMove([1.25, 1], plain)).toMatch(/^loss 1\.2500 → 1\.0000 {2}\(-20\.0 %, first and last update\)/)
})
