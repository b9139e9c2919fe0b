import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { runCli } from "./runCli.ts"
import { version } from "../src/version.ts"

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

  it("lists the commands when none is near", async () => {
    const { code, problem } = await runCli("xyzzy")
    expect(code).toBe(2)
    expect(problem).toContain("commands: train, plan, doctor, verify, start")
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

  it("the program completes its commands in shells", async () => {
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [main, "--completions", "bash"])
    expect(stdout).toContain("verify")
  })
})
