import { type BytePairs, textOfTokens, wordIds } from "./bytePairs.ts"
import { clipClean, diffusionClean } from "./cleanText.ts"
import { endToken, startToken } from "./clipVocabulary.ts"
import { type Frame, frameIds, type Tokenizer } from "./tokenizer.ts"

/** Whose rules a row follows: they differ in padding, in special words, and in what becomes of overlong texts. */
export type ClipTokenStyle = "openai" | "openclip" | "sd1" | "sd2"

interface Rules {
  readonly clean: (text: string) => string
  /** Words that are tokens of their own, and the tokens they are. */
  readonly special: Readonly<Record<string, string>>
  /** Whether special words are taken out before the text is cleaned, so that no spaces are needed around them. */
  readonly splitsFirst: boolean
  readonly pad: "zero" | "end"
  readonly overlong: Frame["overlong"]
}

const openaiWords = { [startToken]: startToken, [endToken]: endToken }

const rules: Readonly<Record<ClipTokenStyle, Rules>> = {
  openai: { clean: clipClean, special: openaiWords, splitsFirst: false, pad: "zero", overlong: "refuse" },
  openclip: {
    clean: clipClean,
    special: { "<start_of_text>": startToken, "<end_of_text>": endToken },
    splitsFirst: false,
    pad: "zero",
    overlong: "cut",
  },
  sd1: { clean: diffusionClean, special: openaiWords, splitsFirst: true, pad: "end", overlong: "cut" },
  // "!" is the padding token, so it is special: each becomes id 0, also in the middle of a text.
  sd2: {
    clean: diffusionClean,
    special: { ...openaiWords, "!": "!" },
    splitsFirst: true,
    pad: "zero",
    overlong: "cut",
  },
}

const escaped = (word: string): string => word.replaceAll("|", "\\|")

const wordPattern = (special: readonly string[]): RegExp =>
  new RegExp(
    [...special.map(escaped), "'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\p{White_Space}\\p{L}\\p{N}]+"].join("|"),
    "giu",
  )

const cacheLimit = 10_000

/** Ids of words, remembered: texts repeat their words. */
const remembering = (pairs: BytePairs): ((word: string) => readonly number[]) => {
  const cache = new Map<string, readonly number[]>()
  return (word) => {
    const known = cache.get(word)
    if (known !== undefined) return known
    const ids = wordIds(pairs, word)
    if (cache.size < cacheLimit) cache.set(word, ids)
    return ids
  }
}

const encoderOf = (pairs: BytePairs, { clean, special, splitsFirst }: Rules): Tokenizer["encode"] => {
  const words = Object.keys(special)
  const pattern = wordPattern(words)
  const idsOf = remembering(pairs)
  const whole = (word: string): readonly number[] => {
    const token = Object.hasOwn(special, word) ? special[word] : undefined
    return token === undefined ? idsOf(word) : [pairs.ids.get(token) ?? 0]
  }
  const cleaned = (text: string): readonly number[] => (clean(text).match(pattern) ?? []).flatMap(whole)
  if (!splitsFirst) return cleaned
  const separator = new RegExp(`(${words.map(escaped).join("|")})`, "u")
  return (text) => text.split(separator).flatMap((part) => (Object.hasOwn(special, part) ? whole(part) : cleaned(part)))
}

export interface ClipTokenizerOptions {
  /** Ids in a row; every published CLIP has 77. */
  readonly context?: number
  readonly overlong?: Frame["overlong"]
}

/**
 * CLIP's byte-pair tokenizer over a vocabulary, in one of four published ways:
 * `openai` (clip.tokenize: pads with 0, refuses overlong texts), `openclip` (pads with 0, cuts), `sd1` (pads with the end
 * token, cuts) and `sd2` (pads with "!", id 0, which is a special word there).
 * Source: openai/CLIP simple_tokenizer.py and clip.py; open_clip tokenizer.py (2.24); transformers tokenization_clip.py.
 */
export const clipTokenizer = (
  pairs: BytePairs,
  style: ClipTokenStyle = "openai",
  { context = 77, overlong = rules[style].overlong }: ClipTokenizerOptions = {},
): Tokenizer => {
  const encode = encoderOf(pairs, rules[style])
  const [start, end] = [pairs.ids.get(startToken) ?? 0, pairs.ids.get(endToken) ?? 0]
  const frame = { context, start: [start], end, pad: rules[style].pad === "end" ? end : 0, overlong }
  const tokens = new Map(Array.from(pairs.ids, ([token, id]) => [id, token]))
  return {
    context,
    encode,
    decode: (ids) => textOfTokens(ids.map((id) => tokens.get(id) ?? "")),
    row: (text) => frameIds(frame, text, encode(text)),
  }
}
