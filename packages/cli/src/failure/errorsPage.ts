import { catalogue } from "./catalogue.ts"
import { exitCodes, exitMeanings, type ExitName } from "./exitCodes.ts"

const names = Object.keys(exitCodes) as readonly ExitName[]

const link = (tag: string): string => `[${tag}](#${tag.toLowerCase()})`

const tagsOf = (exit: ExitName): readonly string[] =>
  Object.keys(catalogue).filter((tag) => catalogue[tag]?.exit === exit)

const codeRow = (name: ExitName): string =>
  `| ${exitCodes[name]} | ${exitMeanings[name]} | ${tagsOf(name).map(link).join(", ")} |`

const section = (tag: string): readonly string[] => {
  const { exit, meaning, remedy } = catalogue[tag]!
  return [`### ${tag}`, "", meaning, "", `**Try:** ${remedy}`, "", `Exit code ${exitCodes[exit]}.`, ""]
}

/** The page on errors: exit codes, then every tag under its own anchor. */
export const errorsPage = (): string =>
  [
    "# Errors",
    "",
    "Every error is data: a tag, the rule that was broken (`rule`), where, and what to do about it (`remedy`). The command line",
    "shows it once, without a stack trace; `--debug` adds the trace. With `--json` it is printed on standard output as",
    '`{ "error": { "tag", "problem", "remedy", "exitCode" } }`.',
    "",
    "## Exit codes",
    "",
    "| code | meaning | tags |",
    "|---|---|---|",
    ...names.map(codeRow),
    "",
    "## Tags",
    "",
    ...Object.keys(catalogue).flatMap(section),
  ].join("\n")
