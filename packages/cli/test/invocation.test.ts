import { spawnSync } from "node:child_process"
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it, vi } from "vitest"
import { nodeToRun, withoutDawnNoise } from "../bin/launch.mjs"
import { runCli } from "./runCli.ts"
import { temporaryFolder } from "./temporaryFolder.ts"
import { version } from "../src/text/version.ts"

const commands = ["train", "doctor", "verify", "start"] as const

describe("help", () => {
  it.each(commands)("of %s teaches with examples that begin with the command", async (command) => {
    const { code, text } = await runCli(command, "--help")
    expect(code).toBe(0)
    expect(text).toContain("USAGE")
    expect(text).toContain("EXAMPLES")
    expect(text).toMatch(new RegExp(`\\n {2}diva ${command}`))
    expect(text).toContain("--json")
  })

  it("of the program lists every command", async () => {
    const { code, text } = await runCli("--help")
    expect(code).toBe(0)
    for (const command of commands) expect(text).toMatch(new RegExp(`\\n {2}${command}[ ,]`))
  })

  it("is shown when no command is named", async () => {
    const { code, text } = await runCli()
    expect(code).toBe(0)
    expect(text).toContain("SUBCOMMANDS")
  })

  it("goes to standard output alone", async () => expect((await runCli("--help")).notes).toEqual([]))
})

describe("a wrong invocation", () => {
  it("suggests the nearest command", async () => {
    const { code, problem, out } = await runCli("verfy")
    expect(code).toBe(2)
    expect(problem).toContain('Unknown subcommand "verfy"')
    expect(problem).toContain("did you mean verify?")
    expect(out).toEqual([])
  })

  it("suggests the nearest of a few words, and help for help", async () => {
    const { code, problem } = await runCli("plan", "--row", "openai-l14-225")
    expect([code, problem]).toEqual([2, expect.stringContaining('did you mean "openai-l14-224"')])
    expect((await runCli("help")).problem).toContain("did you mean --help?")
  })

  it("says what a setting needs in the words of its flag", async () => {
    const whole = await runCli("train", "--batch=x")
    expect([whole.code, whole.problem]).toEqual([
      2,
      expect.stringContaining('--batch needs an integer of at least 1, found "x"'),
    ])
    expect((await runCli("train", "--learning-rate=fast")).problem).toContain("--learning-rate needs a number")
    expect((await runCli("train", "--noise=perInnerDrew")).problem).toContain(
      "--noise needs one of perInnerDraw, sharedByInnerDraws, sharedByImages, sharedByAll",
    )
    expect((await runCli("train", "--noise=perInnerDrew")).problem).toContain('did you mean "perInnerDraw"?')
    expect((await runCli("start", "--updates=x")).problem).toContain('--updates: "x". Expected: a number')
  })

  it("says of a folder of cases that is not there what docs say: exit code 6", async () => {
    const { code, problem } = await runCli("verify", "/nowhere/at/all")
    expect([code, problem]).toEqual([6, expect.stringContaining("/nowhere/at/all")])
  })

  it("on a Node that cannot run it says so in a sentence, with what to do", () => {
    expect(nodeToRun("main.ts", "20.19.0", null)).toEqual({
      problem: expect.stringMatching(/needs Node 22\.19 or newer; this is Node 20\.19\.0\n  try  npm run setup/),
    })
    expect(nodeToRun("main.js", "18.20.0", null)).toEqual({
      problem: expect.stringMatching(/needs Node 20\.9 or newer; this is Node 18\.20\.0\n  try  install a newer Node/),
    })
    expect(nodeToRun("main.ts", "20.19.0", "/pinned")).toEqual({ node: "/pinned" })
    expect(nodeToRun("main.ts", "24.1.0", null)).toEqual({ node: process.execPath })
    expect(nodeToRun("main.js", "20.19.0", "/pinned")).toEqual({ node: process.execPath })
    expect(
      withoutDawnNoise("Warning: maxDynamicUniformBuffersPerPipelineLayout artificially reduced from 1\nx\n"),
    ).toBe("x\n")
  })

  it("starts where the user stands, by the link that npm makes", () => {
    const folder = temporaryFolder()
    copyFileSync(
      fileURLToPath(new URL("../../models/test/cases/u64.safetensors", import.meta.url)),
      join(folder, "here.safetensors"),
    )
    const bin = fileURLToPath(new URL("../bin/diva.mjs", import.meta.url))
    const { stdout, stderr } = spawnSync(process.execPath, [bin, "inspect", "here.safetensors"], {
      cwd: folder,
      encoding: "utf8",
    })
    expect([stderr, stdout]).toEqual(["", expect.stringContaining("1 U64")])
    const run = fileURLToPath(new URL("../../../scripts/run.mjs", import.meta.url))
    const env = { ...process.env, INIT_CWD: folder }
    expect(
      spawnSync(process.execPath, [run, "diva", "inspect", "here.safetensors"], { env, encoding: "utf8" }).stdout,
    ).toContain("1 U64")
  })

  it("lists the commands when none is near", async () => {
    const { code, problem } = await runCli("xyzzy")
    expect(code).toBe(2)
    expect(problem).toContain("commands: train, plan, doctor, verify, start, demo")
  })

  it("suggests the nearest flag", async () => {
    const { code, problem } = await runCli("doctor", "--jsn")
    expect(code).toBe(2)
    expect(problem).toContain("--jsn")
    expect(problem).toContain("did you mean --json?")
    expect(problem).toContain("diva doctor --help")
  })

  it("names a value of the wrong kind", async () => {
    const { code, problem } = await runCli("train", "--updates", "many")
    expect(code).toBe(2)
    expect(problem).toContain("--updates")
    expect(problem).toContain("many")
  })

  it("is data for those who asked for data", async () => {
    const { code, out, notes } = await runCli("doctor", "--json", "--debgu")
    expect(code).toBe(2)
    expect(notes).toEqual([])
    expect(out).toHaveLength(1)
    expect(JSON.parse(out[0]!)).toEqual({
      error: {
        tag: "Usage",
        problem: expect.stringContaining("--debgu"),
        remedy: expect.stringContaining("did you mean --debug?"),
        exitCode: 2,
      },
    })
  })
})

describe("about itself", () => {
  it("the program tells its version", async () => expect((await runCli("--version")).text).toBe(`diva ${version}`))

  it.each(["bash", "zsh", "fish"])("the program completes commands, flags and values in %s", async (shell) => {
    // The library prints them itself.
    const log = vi.spyOn(console, "log").mockReturnValue()
    expect((await runCli("--completions", shell)).code).toBe(0)
    const stdout = log.mock.calls.flat().join("\n")
    log.mockRestore()
    for (const word of ["verify", "data-order", "download", "metaclip-h14-224", "keepWhole"])
      expect(stdout).toContain(word)
  })
})
