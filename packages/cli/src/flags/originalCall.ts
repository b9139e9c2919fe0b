/** The flag behind which a call of the original stands, with flags of its own. */
export const originalFlag = "from-original"

/**
 * A command line in which everything behind `--from-original` is that flag's one value: what stands there are flags of another
 * program, which would be taken for this one's.
 */
export const withOriginalCall = (args: readonly string[]): readonly string[] => {
  const at = args.indexOf(`--${originalFlag}`)
  return at < 0 || args[0] !== "train"
    ? args
    : [...args.slice(0, at), `--${originalFlag}=${JSON.stringify(args.slice(at + 1))}`]
}

/** The words of a call that `withOriginalCall` made one value of; a value given by hand is a call of one word. */
export const wordsOfCall = (value: string): readonly string[] => {
  try {
    const words: unknown = JSON.parse(value)
    return Array.isArray(words) ? words.map(String) : [value]
  } catch {
    return [value]
  }
}
