import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { readWorldStatement, shippedFolder } from "@diva/diva"
import { Effect } from "effect"
import { runSteps } from "../../../../docs/make/runSteps.ts"
import { readRecords, standing, stepsOf } from "../../../../docs/make/worldSteps.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

/** The same command over little data and few updates: only numbers change. */
const few: readonly (readonly [RegExp, string])[] = [
  [/--count \d+/g, "--count 12"],
  [/--updates \d+/g, "--updates 3"],
  [/--stop-after \d+/g, "--stop-after 2"],
  [/--batch \d+/g, "--batch 4"],
  [/--pairs \d+/g, "--pairs 1"],
  [/--candidates \d+/g, "--candidates 2"],
]

const shortened = (command: string): string => few.reduce((text, [long, short]) => text.replace(long, short), command)

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))

describe("the commands that world.json records", () => {
  it("run as they are written, one after the other, and leave a world", async () => {
    const folder = join(temporaryFolder(), "anew")
    const { commands } = await Effect.runPromise(readWorldStatement(shippedFolder))
    const short = Object.entries(commands).map(([group, list]) => [group, list.map(shortened)] as const)
    const steps = stepsOf(Object.fromEntries(short))
    const run = { folder, steps, diva: [process.execPath, main], say: () => {} }
    await runSteps({ ...run, known: new Map() })
    for (const part of ["clip", "diffusion", "attributes", "confused", "control"])
      expect(existsSync(join(folder, "world", part)), part).toBe(true)

    // What a kill after the last checkpoint leaves: a pre-training that has begun, and is not known to have ended.
    const [first] = commands["clip"]!.map(shortened)
    const left = readRecords(folder).map((record) => ({ ...record, finished: record.command !== first }))
    await runSteps({ ...run, known: standing(steps, left) })
    expect(readRecords(folder).filter(({ finished }) => finished)).toHaveLength(steps.length)
    const manifest = readFileSync(join(folder, "runs", "clip", "manifest.json"), "utf8")
    expect((JSON.parse(manifest) as { readonly commandLine: readonly string[] }).commandLine).toContain("--resume")
  })
})
