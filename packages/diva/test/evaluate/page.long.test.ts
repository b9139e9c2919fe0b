import { readFileSync } from "node:fs"
import { join } from "node:path"
import { decodeImage } from "@diva/models"
import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it, vi } from "vitest"
import { temporaryRoot } from "./benchmarkFolder.ts"
import { chromium, headless, patience } from "./browser.ts"
import { pageForAll } from "./pageOfTwo.ts"

vi.setConfig({ testTimeout: 2 * patience })

describe.skipIf(chromium === undefined)("the page in a browser", () => {
  const made = pageForAll()

  it("is laid out with its radar, its table and its images, without an error", async () => {
    const { file } = made.page
    const dom = await headless("--dump-dom", `file://${file}`)
    for (const mark of ['class="radar"', 'class="draws"', "<table>", "</html>"]) expect(dom).toContain(mark)
    expect(dom.match(/<polygon/g)!.length).toBe(5 + 4)
    expect(dom.match(/class="total"/g)).toHaveLength(1)
  })

  it("shows ink and colours where they belong", async () => {
    const { file } = made.page
    const picture = join(temporaryRoot(), "page.png")
    await headless("--force-color-profile=srgb", "--window-size=1080,1400", `--screenshot=${picture}`, `file://${file}`)
    const decoded = await decodeImage(readFileSync(picture), picture)()
    const image = E.isRight(decoded) ? decoded.right : undefined
    expect([image!.width, image!.height]).toEqual([1080, 1400])
    const colours = new Set<string>()
    for (let i = 0; i < image!.data.length; i += 3) colours.add(image!.data.subarray(i, i + 3).join(","))
    for (const colour of ["59,111,212", "217,121,43", "47,158,110", "162,75,191"]) expect(colours).toContain(colour)
  })
})
