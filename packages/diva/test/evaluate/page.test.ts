import { describe, expect, it, vi } from "vitest"
import { comparePairs, mmvpPage } from "@diva/diva"
import { pairCards } from "../../src/evaluate/page/pairCards.ts"
import { pageForAll } from "./pageOfTwo.ts"

vi.setConfig({ testTimeout: 120_000 })

describe("the page of two results", () => {
  const made = pageForAll()

  it("needs nothing from elsewhere, and shows names as they are", async () => {
    const { html } = made.page
    expect(html).not.toMatch(/(src|href)="(?!data:)/)
    expect(html).not.toMatch(/<script|@import|url\(/)
    expect(html).toContain("stock &lt;weights&gt; &amp; &quot;more&quot;")
    expect(html).toContain("percent of pairs solved [95 % interval]")
    expect(html).toContain("Reliability of draws")
  })

  it("embeds the images of pairs that turned, and says which are not at hand", async () => {
    const { html } = made.page
    expect(html.match(/<img src="data:image\/jpeg/g)!.length).toBeGreaterThan(4)
    expect(html).toContain("image 209 is not available")
  })

  it("says of each statement of a pair that turned which picture it picked, before and after", () => {
    const { before, after } = made.page
    const { gained } = comparePairs(before.scorings[0]!, after.scorings[0]!)
    const card = pairCards(gained.slice(0, 1), new Map())
    const answers = [...card.matchAll(/<span>(before|after) <b class="(good|bad)">([^<]+)<\/b> (\d+)&nbsp;%/g)].map(
      (found) => found.slice(1).join(" "),
    )
    expect(answers).toEqual([
      "before bad ✗ other 62",
      "after good ✓ this 62",
      "before good ✓ this 73",
      "after good ✓ this 73",
    ])
  })

  it("of one result has no comparison", async () => {
    const { before } = made.page
    expect(mmvpPage({ after: before, images: new Map() })).not.toContain("Pairs that turned")
  })
})
