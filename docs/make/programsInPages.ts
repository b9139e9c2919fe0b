/** A program that a page shows, and what the page says that it prints, if it says so. */
export interface ShownProgram {
  readonly file: string
  readonly code: string
  readonly prints?: string
}

const shown = /<!-- program: (\S+) -->\n\n```ts\n([\s\S]*?)```(?:\n\nIt prints\n\n```text\n([\s\S]*?)```)?/g

/** The programs of a page, each after a comment that names its file; the text it prints may follow after "It prints". */
export const programsOf = (page: string): readonly ShownProgram[] =>
  [...page.matchAll(shown)].map(([, file, code, prints]) => ({
    file: file!,
    code: code!,
    ...(prints === undefined ? {} : { prints }),
  }))

/** The page with its programs as their files have them. */
export const withPrograms = (page: string, read: (file: string) => string): string =>
  page.replace(
    /(<!-- program: (\S+) -->\n\n```ts\n)[\s\S]*?```/g,
    (_, before: string, file: string) => `${before}${read(file)}\`\`\``,
  )
