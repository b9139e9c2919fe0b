import { joinPair, splitWord, type BytePairs } from "./bytePairs.ts"
import { clipClean } from "./cleanText.ts"
import { bytePairsOf } from "./clipVocabulary.ts"

/** A word of the corpus as the tokens it consists of so far, and how often it occurs. */
interface Word {
  readonly symbols: readonly string[]
  readonly count: number
}

const wordsOf = (texts: Iterable<string>): readonly Word[] => {
  const counts = new Map<string, number>()
  for (const text of texts)
    for (const word of clipClean(text).match(/\p{L}+|\p{N}|[^\p{White_Space}\p{L}\p{N}]+/gu) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([word, count]) => ({ symbols: splitWord(word), count }))
}

/** The pair that occurs most often, of equals the first in the alphabet: the result depends on the texts alone, not on their order. */
const commonest = (words: readonly Word[]): string | undefined => {
  const counts = new Map<string, number>()
  for (const { symbols, count } of words)
    for (let i = 0; i + 1 < symbols.length; i++) {
      const pair = `${symbols[i]} ${symbols[i + 1]}`
      counts.set(pair, (counts.get(pair) ?? 0) + count)
    }
  let best: string | undefined
  for (const [pair, count] of counts) {
    const held = best === undefined ? 1 : (counts.get(best) as number)
    if (count > held || (count === held && best !== undefined && pair < best)) best = pair
  }
  return best
}

/** Learns which pairs to merge: at each step the one that occurs most often, as long as one occurs twice. */
const learnMerges = (texts: Iterable<string>, most: number): readonly string[] => {
  let words = wordsOf(texts)
  const merges: string[] = []
  while (merges.length < most) {
    const pair = commonest(words)
    if (pair === undefined) break
    merges.push(pair)
    words = words.map(({ symbols, count }) => ({ symbols: joinPair(symbols, pair), count }))
  }
  return merges
}

/**
 * Learns a byte-pair vocabulary from texts, with at most `merges` merges: 512 + merges + 2 tokens, for `clipTokenizer`.
 * Source: Sennrich et al. 2016, algorithm 1, on bytes as openai/CLIP has them.
 */
export const trainBytePairs = (texts: Iterable<string>, merges: number): BytePairs =>
  bytePairsOf(learnMerges(texts, merges))
