import type { Style } from "../text/style.ts"
import type { Failure } from "./failure.ts"

const indented = (text: string, by: string): string => text.replaceAll("\n", `\n${by}`)

/** A failure as text: what happened, what to try, where to read more; the stack only for those who ask. */
export const renderFailure = ({ tag, problem, remedy, stack }: Failure, style: Style, debug: boolean): string =>
  [
    `${style.bad("error")}  ${indented(problem, "")}`,
    ...(remedy === "" ? [] : [`  ${style.good("try")}  ${indented(remedy, "       ")}`]),
    style.faint(`  more  docs/errors.md#${tag.toLowerCase()}`),
    ...(debug && stack !== undefined ? [style.faint(stack)] : []),
  ].join("\n")

/** The same as data, for `--json`. */
export const failureData = ({ tag, problem, remedy, exitCode, stack }: Failure, debug: boolean) => ({
  error: { tag, problem, remedy, exitCode, ...(debug && stack !== undefined ? { stack } : {}) },
})
