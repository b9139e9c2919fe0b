/** One thing that `npm run gpu` does, in a process of its own with a time limit. */
export interface Part {
  /** Names its files; `--only` selects by it. */
  readonly name: string
  readonly title: string
  /** Seconds after which it is stopped; what it has printed by then counts. */
  readonly seconds: number
  /** Program and arguments, this Node by default where the first one ends in .ts or .mjs. */
  readonly command: readonly string[]
  /** The data in what it printed. */
  readonly read: (output: string) => unknown
  /** Lines of the summary, from its data and those of the parts before it. */
  readonly lines: (data: never, earlier: ReadonlyMap<string, unknown>) => readonly string[]
  /** Why it cannot be done here; absent where it can. */
  readonly unavailable?: string
}

/** What became of a part. */
export interface PartResult {
  readonly part: string
  readonly title: string
  /** `late` ones were stopped at their limit, `skipped` ones not begun. */
  readonly outcome: "done" | "failed" | "late" | "skipped"
  readonly seconds: number
  /** Why it failed or was skipped. */
  readonly why?: string
  readonly data?: unknown
}

/** All JSON lines of a text that hold one of the keys. */
export const jsonLines = (text: string, ...keys: readonly string[]): readonly Readonly<Record<string, unknown>>[] =>
  text.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return []
    try {
      const value = JSON.parse(line) as Record<string, unknown>
      return keys.length === 0 || keys.some((key) => key in value) ? [value] : []
    } catch {
      return []
    }
  })

/** The JSON document that a text is, or ends in; undefined where there is none. */
export const jsonDocument = (text: string): unknown => {
  const begin = text.search(/^\{/m)
  if (begin < 0) return undefined
  try {
    return JSON.parse(text.slice(begin))
  } catch {
    return undefined
  }
}
