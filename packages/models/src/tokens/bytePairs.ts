/** A byte-pair vocabulary: ids by token, and pairs by when they are merged. Tokens that end a word end in `</w>`. */
export interface BytePairs {
  readonly ids: ReadonlyMap<string, number>
  /** Rank of "left right", the lowest merged first. */
  readonly ranks: ReadonlyMap<string, number>
}

const wordEnd = "</w>"

const isShown = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae

/** A visible character for each byte: itself where Latin-1 shows one, else the next from U+0100. */
const letters: readonly string[] = (() => {
  let hidden = 0
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isShown(byte) ? byte : 256 + hidden++))
})()

const byteOfLetter: ReadonlyMap<string, number> = new Map(letters.map((letter, byte) => [letter, byte]))

/** Letters and word ends in the order of OpenAI's ids 0 … 511: visible bytes first. */
export const baseTokens: readonly string[] = (() => {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte)
  const alphabet = [...bytes.filter(isShown), ...bytes.filter((byte) => !isShown(byte))].map(
    (byte) => letters[byte] as string,
  )
  return [...alphabet, ...alphabet.map((letter) => letter + wordEnd)]
})()

/** The tokens of a word before any merge: its UTF-8 bytes, the last one ending the word. */
export const splitWord = (word: string): string[] => {
  const symbols = Array.from(new TextEncoder().encode(word), (byte) => letters[byte] as string)
  symbols[symbols.length - 1] += wordEnd
  return symbols
}

const lowestPair = (symbols: readonly string[], ranks: BytePairs["ranks"]): string | undefined => {
  let lowest: string | undefined
  let rank = Infinity
  for (let i = 0; i + 1 < symbols.length; i++) {
    const pair = `${symbols[i]} ${symbols[i + 1]}`
    const found = ranks.get(pair)
    if (found === undefined || found >= rank) continue
    lowest = pair
    rank = found
  }
  return lowest
}

/** Every occurrence of a pair of neighbours merged into one token. */
export const joinPair = (symbols: readonly string[], pair: string): string[] => {
  const merged: string[] = []
  for (let i = 0; i < symbols.length; i++) {
    const isPair = i + 1 < symbols.length && `${symbols[i]} ${symbols[i + 1]}` === pair
    merged.push(isPair ? `${symbols[i]}${symbols[i + 1]}` : (symbols[i] as string))
    if (isPair) i++
  }
  return merged
}

/** Longer words than any language's are cut into pieces first: merging costs the square of the length. */
const longestWord = 1024

const pieces = (symbols: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(symbols.length / longestWord) }, (_, i) =>
    symbols.slice(i * longestWord, (i + 1) * longestWord),
  )

const mergeAll = (symbols: readonly string[], ranks: BytePairs["ranks"]): readonly string[] => {
  let merged = symbols
  for (let pair = lowestPair(merged, ranks); pair !== undefined; pair = lowestPair(merged, ranks))
    merged = joinPair(merged, pair)
  return merged
}

/**
 * The ids of one word (a run without spaces): its UTF-8 bytes, merged pair by pair, the lowest rank first.
 * Source: openai/CLIP simple_tokenizer.py `bpe`; Sennrich et al. 2016, algorithm 1.
 */
export const wordIds = ({ ids, ranks }: BytePairs, word: string): readonly number[] =>
  pieces(splitWord(word)).flatMap((piece) => mergeAll(piece, ranks).flatMap((token) => ids.get(token) ?? []))

/** The text of tokens: each word's end becomes a space. */
export const textOfTokens = (tokens: readonly string[]): string => {
  const shown = tokens.join("").replaceAll(wordEnd, " ")
  return new TextDecoder().decode(Uint8Array.from(shown, (letter) => byteOfLetter.get(letter) ?? letter.charCodeAt(0)))
}
