import { spawnSync } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it, vi } from "vitest"
import { programsOf } from "../../../docs/make/programsInPages.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), "utf8")

const pages = ["README.md", ...globSync("docs/*.md", { cwd: root }).toSorted()]
const programs = pages.flatMap((page) => programsOf(read(page)).map((program) => ({ page, ...program })))

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

describe("programs in the pages", () => {
  it.each(programs)("$page shows $file as it is (npm run docs)", ({ file, code }) => {
    expect(code).toBe(read(file))
  })

  const printing = programs.filter(({ prints }) => prints !== undefined)

  it("are there", () => expect(printing).not.toEqual([]))

  it.each(printing)("$file prints what $page says", ({ file, prints }) => {
    const { stdout, status } = spawnSync(process.execPath, [join(root, file)], { cwd: tmpdir(), encoding: "utf8" })
    expect(stdout).toBe(prints)
    expect(status).toBe(0)
  })
})

/** Where a page's links lead, without those to other sites. Code, where `f(x)[1](x)` is a call, holds none. */
const linksOf = (page: string): readonly string[] =>
  [
    ...read(page)
      .replaceAll(/`[^`\n]+`/g, "code")
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, to]) => to!)
    .filter((to) => !/^[a-z]+:/.test(to))

/** The anchors that a page's headings make. */
const anchorsOf = (page: string): readonly string[] =>
  [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-"),
  )

describe("links between the pages", () => {
  const linked = [...pages, ...globSync("packages/*/README.md", { cwd: root })]

  it.each(linked)("of %s lead to files and headings that are there", (page) => {
    const folder = page.split("/").slice(0, -1).join("/")
    const broken = linksOf(page).filter((to) => {
      const [file, anchor] = to.split("#") as [string, string?]
      const target = file === "" ? page : join(folder, file)
      if (globSync(target, { cwd: root }).length === 0) return true
      return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor)
    })
    expect(broken).toEqual([])
  })
})
