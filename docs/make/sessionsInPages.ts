/** What a page shows of an interactive session: what was typed, and everything that was printed. */
export interface ShownSession {
  readonly typed: string
  readonly printed: string
}

const shown = /<!-- session -->\n\n```text\n([\s\S]*?)```/g

/** The sessions of a page, each after a comment; what follows `> ` was typed. */
export const sessionsOf = (page: string): readonly ShownSession[] =>
  [...page.matchAll(shown)].map(([, text]) => {
    const lines = text!.split("\n").slice(0, -1)
    const pick = (typed: boolean) => lines.filter((line) => line.startsWith("> ") === typed)
    return {
      typed: pick(true)
        .map((line) => `${line.slice(2)}\n`)
        .join(""),
      printed: pick(false)
        .map((line) => `${line}\n`)
        .join(""),
    }
  })
