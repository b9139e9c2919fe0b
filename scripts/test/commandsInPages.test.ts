import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import { rowNames } from "@diva/diva"
import { exitCodes, run, Screen, type Written } from "@diva/cli"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"

vi.setConfig({ testTimeout: 120_000 })

const pageOf = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../docs/${name}.md`, import.meta.url)), "utf8")

const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)

/** The calls of diva that a page's blocks of commands make. */
const commandsOf = (page: string): readonly string[] =>
  [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    [...block!.matchAll(/^npm run diva -- (.*)$/gm)].map(([, command]) => command!),
  )

const commands = ["train-for-real", "model-zoo"].flatMap((page) =>
  commandsOf(pageOf(page)).map((command) => ({ page, command })),
)

describe("commands of the pages on training", () => {
  let folder: string
  let before: string
  beforeAll(() => {
    folder = mkdtempSync(`${tmpdir()}/diva-commands-`)
    before = process.cwd()
    process.chdir(folder)
    // A port nobody listens at: what asks a server is refused at once.
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9")
  })
  afterAll(() => {
    process.chdir(before)
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  it("are there for every row", () => {
    for (const row of rowNames) expect(pageOf("model-zoo")).toContain(`train --row ${row} `)
    expect(commands.length).toBeGreaterThan(40)
  })

  // Without files they end where the first one is missed, which is after every flag has been understood.
  it.each(commands.filter(({ command }) => !/^(?:doctor|fetch|watch)/.test(command)))(
    "$page: $command",
    async ({ command }) => {
      const written: Written = { out: [], notes: [] }
      // What downloads a list has nothing to plan: it looks for the list first.
      const words = [...wordsOf(command), ...(command.startsWith("data download") ? [] : ["--dry-run"])]
      const code = await Effect.runPromise(Effect.provide(run(words), Screen.layerRecorded(written)))
      expect([exitCodes.success, exitCodes.input], written.notes.join("\n")).toContain(code)
    },
  )
})
