import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { readWorldStatement, shippedFolder } from "@diva/diva"
import { Effect } from "effect"
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

/** A `diva` on the path, as `npm link` would put it there. */
const installed = (folder: string): string => {
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url))
  const file = join(folder, "diva")
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`)
  chmodSync(file, 0o755)
  return folder
}

describe("the commands that world.json records", () => {
  it("run as they are written, one after the other, and leave a world", async () => {
    const folder = temporaryFolder()
    const PATH = `${installed(join(folder, "bin"))}${delimiter}${process.env["PATH"]}`
    const { commands } = await Effect.runPromise(readWorldStatement(shippedFolder))
    for (const command of Object.values(commands).flat()) {
      const words = shortened(command)
      const { status, stderr } = spawnSync("sh", ["-ec", words], {
        cwd: folder,
        env: { ...process.env, PATH },
        encoding: "utf8",
      })
      expect(`${words}: ${status}${status === 0 ? "" : stderr}`).toBe(`${words}: 0`)
    }
    for (const part of ["clip", "diffusion", "attributes", "confused", "control"])
      expect(existsSync(join(folder, "world", part)), part).toBe(true)
  })
})
