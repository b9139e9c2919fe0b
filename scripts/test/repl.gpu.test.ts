import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it, vi } from "vitest"
import { sessionsOf } from "../../docs/make/sessionsInPages.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

// A software adapter compiles each kernel in up to a second, and several suites may share it.
vi.setConfig({ testTimeout: 300_000 })

/** What a session prints after its welcome. */
const printedFor = (typed: string, cwd = root): string => {
  const { stdout, status } = spawnSync(process.execPath, [join(root, "scripts", "repl", "main.ts")], {
    input: typed,
    encoding: "utf8",
    cwd,
  })
  expect(status).toBe(0)
  const [names, hint, ...rest] = stdout.split("\n")
  expect(names).toMatch(/^\d+ names on \S/)
  expect(hint).toMatch(/\.help/)
  return rest.join("\n")
}

it("a session is as the page on exploring shows it", () => {
  const [session] = sessionsOf(readFileSync(join(root, "docs", "explore.md"), "utf8"))
  expect(printedFor(session!.typed)).toBe(session!.printed)
})

it("a line waits for what the one before awaits, and failures end nothing", () => {
  const typed = [
    "const later = await new Promise((resolve) => setTimeout(() => resolve(device.put(constant([1, 2]))), 50))",
    "await later.show()",
    'await Promise.reject(new TypeError("no such luck"))',
    "add(later",
    ", 1)",
    "[",
    "1 + 1,",
    "undefined_name",
    "]",
    "1 + 2",
  ].join("\n")
  const printed = printedFor(typed)
  expect(printed).toMatch(/^f32\[2\] {2}mean 1\.5, std 0\.5, min 1, max 2\n\[1, 2\]\n/)
  expect(printed).toMatch(/no such luck[\s\S]*undefined_name is not defined[\s\S]*\n3\n$/)
})

it("a figure is drawn, and written as a PNG by one call", () => {
  const folder = mkdtempSync(join(tmpdir(), "diva-repl-"))
  try {
    const printed = printedFor("const drawn = await plot.line([0, 1, 4])\ndrawn\ndrawn.save('line.png')", folder)
    expect(printed).toMatch(/^4 │[\s\S]*└─+\n[\s\S]*'line\.png'\n$/)
    expect(
      [...readFileSync(join(folder, "line.png")).subarray(1, 4)].map((byte) => String.fromCodePoint(byte)),
    ).toEqual(["P", "N", "G"])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** The code of the first column of a page's tables. */
const firstColumn = (page: string): readonly string[] =>
  [...page.matchAll(/^\| (`[^|]*`)\s*\|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([^`]+)`/g)].map(([, code]) => code!),
  )

it("what the page for those who come from elsewhere calls things works", () => {
  const calls = firstColumn(readFileSync(join(root, "docs", "coming-from.md"), "utf8"))
  expect(calls.length).toBeGreaterThan(40)
  const given = [
    "const x = constant([[1, 2, 3], [4, 5, 6]]); const [a, b] = [x, transpose(x)]",
    "const [v, k] = [constant([3, 1, 2]), key(1)]",
    "const results = []",
  ]
  // One line each, so that a failure names its own; numbers are computed once, together.
  const typed = [...given, ...calls.map((call) => `void results.push(${call})`), "results.length"].join("\n")
  // One of them prints.
  expect(printedFor(typed).replace(/^f32\[2, 3\].*\n.*\n.*\n/, "")).toBe(`${calls.length}\n`)
})
