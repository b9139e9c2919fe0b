import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { brokenLinks } from "../site/brokenLinks.ts"
import { makeSite } from "../site/makeSite.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync)

interface Page {
  readonly goto: (url: string) => Promise<unknown>
  readonly setDefaultTimeout: (milliseconds: number) => void
  readonly fill: (selector: string, text: string) => Promise<void>
  readonly click: (selector: string) => Promise<void>
  readonly textContent: (selector: string) => Promise<string | null>
  readonly waitForSelector: (selector: string) => Promise<unknown>
  readonly on: (event: "request", listener: (request: { readonly url: () => string }) => void) => void
}

/** Milliseconds that a page may take for anything, beside whatever else the machine does. */
const patience = 120_000

describe("the site", { timeout: 5 * patience }, () => {
  let out: string
  let warnings: readonly string[]
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), "diva-site-test-"))
    warnings = await makeSite(root, out, { playground: true, say: () => {} })
  }, 900_000)
  afterAll(() => rmSync(out, { recursive: true }))

  it("is made without a warning", () => expect(warnings).toEqual([]))

  it("has no link that leads nowhere, and loads nothing from elsewhere", () => {
    expect(brokenLinks(out)).toEqual([])
  })

  it("has the pages, every package and the playground", () => {
    const index = readFileSync(join(out, "index.html"), "utf8")
    expect(index).toContain("playground/index.html")
    for (const page of ["documents/First_hour.html", "documents/Train_for_real.html", "modules/_diva_tensor_plot.html"])
      expect(existsSync(join(out, page)), page).toBe(true)
    expect(existsSync(join(out, "playground", "index.html"))).toBe(true)
  })

  it.skipIf(chromium === undefined)("finds pages and names with one search, from disk, without a network", async () => {
    const entry = createRequire(join(root, "playground", "package.json")).resolve("playwright-core")
    const { default: playwright } = (await import(pathToFileURL(entry).href)) as {
      readonly default: {
        readonly chromium: {
          readonly launch: (options: object) => Promise<{
            readonly newPage: () => Promise<Page>
            readonly close: () => Promise<void>
          }>
        }
      }
    }
    const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] })
    try {
      const page = await browser.newPage()
      page.setDefaultTimeout(patience)
      const asked: string[] = []
      page.on("request", (request) => void asked.push(request.url()))
      await page.goto(pathToFileURL(join(out, "index.html")).href)
      await page.click("#tsd-search-trigger")
      for (const [typed, found] of [
        ["Train for real", "Train for real"],
        ["valueAndGrad", "valueAndGrad"],
      ] as const) {
        await page.fill("#tsd-search-input", typed)
        await page.waitForSelector(`#tsd-search-results >> text=${found}`)
      }
      expect(asked.filter((url) => !url.startsWith("file:"))).toEqual([])
    } finally {
      await browser.close()
    }
  })
})
