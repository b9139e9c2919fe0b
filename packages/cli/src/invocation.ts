import type { Effect } from "effect"
import type { CliError, CliOutput } from "effect/cli"
import { failureOf, type Failure } from "./failure/failure.ts"
import { Usage } from "./failure/cliError.ts"
import { invocationProblem, invocationRemedy } from "./render/usage.ts"
import type { Screen } from "./screen/screen.ts"

/** How the program was asked to speak; read from the raw arguments, because it also holds when they are wrong. */
export interface Manner {
  readonly asJson: boolean
  readonly debug: boolean
}

export const mannerOf = (args: readonly string[]): Manner => ({
  asJson: args.includes("--json"),
  debug: args.includes("--debug"),
})

const usageFailure = (event: CliOutput.Presenter.InvalidInvocation): Failure =>
  failureOf(
    new Usage({
      command: event.commandPath.join(" "),
      rule: event.errors.map((error) => invocationProblem(error, event.commandPath)).join("; "),
      remedy: invocationRemedy(event.errors, event.commandPath, event.helpDoc),
    }),
  )

/** Shows help and version as results, and a wrong invocation as one failure instead of a page of help. */
export const presenter = (
  screen: Screen["Service"],
  formatter: CliOutput.Formatter,
  fail: (failure: Failure) => Effect.Effect<void>,
): CliOutput.Presenter => ({
  present: (event) => {
    switch (event._tag) {
      case "Help":
        return screen.print(formatter.formatHelpDoc(event.helpDoc))
      case "Version":
        return screen.print(`${event.name} ${event.version}`)
      case "InvalidInvocation":
        return fail(usageFailure(event))
    }
  },
})

/** Whether the failure of a run is the library's way to say that help or a wrong invocation was presented. */
export const isPresented = (error: unknown): error is CliError.ShowHelp =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "ShowHelp"
