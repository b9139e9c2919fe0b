import * as fc from "fast-check"
import { expect, test } from "vitest"
import { clipTokenizer, trainBytePairs } from "../../src/index.ts"

test("the commonest pair is merged first, of equals the first in the alphabet", () => {
  const { ranks } = trainBytePairs(["low low low lower newest newest"], 4)
  expect([...ranks.keys()]).toEqual(["l o", "lo w</w>", "w e", "e we"])
})

test("merging ends where every word is one token", () => {
  expect(trainBytePairs(["ab ab", "c"], 100).ranks.size).toBe(1)
  expect(trainBytePairs([], 100).ranks.size).toBe(0)
})

test("a vocabulary does not depend on the order of the texts", () => {
  const texts = ["a red car", "a red car in a meadow", "two blue birds", "a blue bird"]
  expect(trainBytePairs(texts, 20)).toEqual(trainBytePairs(texts.toReversed(), 20))
})

test("whatever was learnt from, every text of letters comes back from its ids", () => {
  const tokenizer = clipTokenizer(trainBytePairs(["a red car", "the red cars are far", "ça va"], 12))
  const words = fc.array(fc.stringMatching(/^[a-zçé]{1,6}$/), { minLength: 1, maxLength: 6 })
  fc.assert(fc.property(words, (of) => tokenizer.decode(tokenizer.encode(of.join(" "))).trim() === of.join(" ")))
})
