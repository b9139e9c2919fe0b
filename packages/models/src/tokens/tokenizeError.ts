/** Why a text did not become ids, or a vocabulary could not be used. Plain data, as every error here. */
export type TokenizeError =
  | {
      readonly _tag: "TextTooLong"
      readonly text: string
      /** Ids the text needs, start and end included. */
      readonly needed: number
      readonly context: number
      readonly rule: string
      readonly remedy: string
    }
  | { readonly _tag: "VocabularyInvalid"; readonly file: string; readonly rule: string; readonly remedy: string }

/** The error of a text that needs more ids than a row has. */
export const textTooLong = (text: string, needed: number, context: number): TokenizeError => ({
  _tag: "TextTooLong",
  text,
  needed,
  context,
  rule: `${JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)} takes ${needed} ids; a row has ${context}`,
  remedy: "shorten the text, or allow truncation",
})

/** The error of a vocabulary file. */
export const vocabularyInvalid = (file: string, rule: string): TokenizeError => ({
  _tag: "VocabularyInvalid",
  file,
  rule,
  remedy: "fetch the tokenizer files that came with the weights again",
})

/** The text of an error: what and what to try. */
export const renderTokenizeError = (error: TokenizeError): string =>
  `${error._tag}${error._tag === "VocabularyInvalid" ? ` in ${error.file}` : ""}: ${error.rule}\n  try  ${error.remedy}`
