/** A program that a page shows, and what the page says that it prints, if it says so. */
export interface ShownProgram {
  readonly file: string
  readonly code: string
  readonly prints?: string
}

const shown = /<!-- program: (\S+) -->\n\n```[a-z]+\n([\s\S]*?)```(?:\n\nIt prints\n\n```text\n([\s\S]*?)```)?/g

/** The programs of a page, each after a comment that names its file; the text it prints may follow after "It prints". */
export const programsOf = (page: string): readonly ShownProgram[] =>
  [...page.matchAll(shown)].map(([, file, code, prints]) => ({
    file: file!,
    code: code!,
    ...(prints === undefined ? {} : { prints }),
  }))

const places = /(<!-- program: (\S+) -->\n\n```[a-z]+\n)[\s\S]*?```(\n\nIt prints\n\n```text\n)?/g
const printing = /(<!-- program: (\S+) -->\n\n```[a-z]+\n[\s\S]*?```\n\nIt prints\n\n```text\n)[\s\S]*?```/g

/** The page with its programs as their files have them, and with what they print where it says so. */
export const withPrograms = (
  page: string,
  read: (file: string) => string,
  printedBy: (file: string) => string,
): string =>
  page
    .replace(
      places,
      (_, before: string, file: string, prints: string | undefined) => `${before}${read(file)}\`\`\`${prints ?? ""}`,
    )
    .replace(printing, (_, before: string, file: string) => `${before}${printedBy(file)}\`\`\``)
