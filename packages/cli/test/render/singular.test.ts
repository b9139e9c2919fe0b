import { expect, it } from "vitest"
import { renderMade } from "../../src/commands/data/shardProgress.ts"
import { renderEvent } from "../../src/render/train/trainEvents.ts"
import { renderLossMove } from "../../src/render/train/lossSummary.ts"
import { runCli } from "../runCli.ts"
import { plain } from "../../src/text/style.ts"

const execution = { images: 1, draws: 1, recompute: [] }

it("a run of one update of one image is told in the singular", () => {
  const started = { updates: 1, from: 0, imagesPerUpdate: 1, trainedParameters: 7, execution } as never
  expect(renderEvent({ _tag: "started", ...(started as object) } as never, plain)).toMatch(/^1 update, 1 image each, /)
  expect(renderEvent({ _tag: "finished", update: 1, seconds: 2 } as never, plain)).toBe("1 update in 2 s")
})

it("a pre-training says nothing of draws, which it has none of", () => {
  const started = { _tag: "started", updates: 4, from: 0, imagesPerUpdate: 2, trainedParameters: 7 }
  expect(renderEvent(started as never, plain)).toBe("4 updates, 2 images each, 7 trained parameters")
})

it("one duplicate among packed rows is told in the singular", () => {
  const made = { shards: 1, count: 2, successes: 1, duplicates: 1, failures: 0, status: { success: 1, duplicate: 1 } }
  expect(renderMade(made, "out")).toMatch(/^out holds 1 picture in 1 shard: of 2 rows 0 failed and 1 was a duplicate\n/)
})

it("the loss of one update has not moved", () => {
  expect(renderLossMove([1.25], plain)).toBe("loss 1.2500")
  expect(renderLossMove([1.25, 1], plain, "reading")).toContain("first and last reading")
  expect(renderLossMove([1.25, 1], plain)).toMatch(/^loss 1\.2500 → 1\.0000 {2}\(-20\.0 %, first and last update\)/)
})

it("a demonstration of one run of one update is told in the singular", async () => {
  const { text } = await runCli("demo", "--dry-run", "--scenes", "1", "--updates", "1", "--seeds", "1")
  expect(text).toContain(
    "looks at 1 scene without captions for 1 update of diffusion feedback, once, and is scored again",
  )
})
