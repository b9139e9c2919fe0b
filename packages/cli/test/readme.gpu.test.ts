import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { delimiter, dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it, vi } from "vitest"

const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url))

const readme = readFileSync(path("README.md"), "utf8")

/** The surroundings of somebody who types a command: the Node found first is the machine's, not the repository's own. */
const usersNode = (): NodeJS.ProcessEnv => {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"))
  return { ...process.env, PATH: [...folders, dirname(process.execPath)].join(delimiter) }
}

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

describe("the README's first program", () => {
  it("is docs/examples/first.ts, and has 30 lines", () => {
    const example = readFileSync(path("docs/examples/first.ts"), "utf8")
    expect(/```ts\n([\s\S]*?)```/.exec(readme)?.[1]).toBe(example)
    expect(example.trimEnd().split("\n").length).toBeLessThanOrEqual(30)
  })

  it("runs by the command beside it and draws a fractal that is its own mirror image", async () => {
    const [, name] = /`npm run example (\w+)`/.exec(readme) ?? []
    const { scripts } = JSON.parse(readFileSync(path("package.json"), "utf8")) as { scripts: Record<string, string> }
    const [program, ...words] = scripts["example"]!.split(" ")
    expect(program).toBe("node")
    const { stdout, stderr } = await promisify(execFile)(program!, [...words, name!], {
      cwd: path(""),
      env: usersNode(),
    })
    expect(stderr).toBe("")
    const rows = stdout.split("\n").filter((row) => row.length === 64)
    expect(rows).toHaveLength(21)
    expect(rows[10]).toContain("@@@@@@@@")
    expect(rows[0]!.trim()).toBe("")
    expect(rows[9]).toBe(rows[11])
  })
})

describe("the README's links", () => {
  it.each([...readme.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, target]) => target!))("%s leads somewhere", (target) =>
    expect(readFileSync(path(target)).length).toBeGreaterThan(0),
  )
})
