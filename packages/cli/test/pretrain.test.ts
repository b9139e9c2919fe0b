import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Screen, type Written } from "@diva/cli"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { told } from "../src/commands/pretrain/preparing.ts"
import { temporaryFolder } from "./temporaryFolder.ts"

/** What is printed of a pre-training of six updates of which so many are done. */
const toldAfter = async (update: number, json: boolean): Promise<readonly string[]> => {
  const out = join(temporaryFolder(), "run")
  mkdirSync(out)
  writeFileSync(join(out, "manifest.json"), JSON.stringify({ updates: update }))
  const written: Written = { out: [], notes: [] }
  const run = told("CLIP", Effect.succeed("run/clip"), Effect.succeed([2, 1]), { updates: 6, out, json })
  await Effect.runPromise(Effect.provide(run, Screen.layerRecorded(written)))
  return written.out
}

describe("a pre-training that ends", () => {
  it("says how its loss moved and where its model is", async () => {
    const [loss, where] = await toldAfter(6, false)
    expect(loss).toMatch(/^loss 2\.0000 → 1\.0000 {2}\(-50\.0 %, first and last reading\)/)
    expect(where).toBe("the CLIP is in run/clip")
  })

  it("before its schedule does says so, and how it goes on", async () => {
    expect((await toldAfter(4, false)).at(-1)).toBe(
      "the CLIP after update 4 of 6 is in run/clip; the same command goes on with --resume and a later --stop-after, or none",
    )
  })

  it("tells programs where the model is as its last line", async () => {
    const lines = await toldAfter(4, true)
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      { event: "written", model: "run/clip", update: 4, updates: 6 },
    ])
  })
})
