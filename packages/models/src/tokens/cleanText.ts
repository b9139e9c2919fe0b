import { fixText } from "./fixText.ts"
import { unescapeHtml } from "./unescapeHtml.ts"

const strip = (text: string): string => text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "")

/** Every run of white space becomes one space; none is left at the ends. */
export const cleanSpaces = (text: string): string => strip(text.replace(/\p{White_Space}+/gu, " "))

/** Repaired, entities unescaped twice, stripped. Source: openai/CLIP simple_tokenizer.py `basic_clean`. */
export const basicClean = (text: string): string => strip(unescapeHtml(unescapeHtml(fixText(text))))

/** What CLIP's tokenizers see of a text. Source: openai/CLIP simple_tokenizer.py `encode`. */
export const clipClean = (text: string): string => cleanSpaces(basicClean(text)).toLowerCase()

/** What transformers' CLIPTokenizer sees. Source: transformers tokenization_clip.py `_tokenize`, with ftfy. */
export const diffusionClean = (text: string): string => cleanSpaces(fixText(text)).toLowerCase()

const punctuation = /[!-/:-@[-`{-~]/g

/** Letters and single spaces: what SigLIP's tokenizer sees. Source: open_clip tokenizer.py `canonicalize_text`. */
export const siglipClean = (text: string): string =>
  cleanSpaces(basicClean(text).replaceAll("_", " ").replace(punctuation, "").toLowerCase())
