import * as NodeServices from "@effect/platform-node/NodeServices"
import { Doing } from "@diva/diva"
import { Cause, Effect, Exit, Layer } from "effect"
import { CliConfig, CliOutput, Command } from "effect/cli"
import { activityTold } from "./screen/activityTold.ts"
import { builtIns, diva } from "./diva.ts"
import { exitCodes } from "./failure/exitCodes.ts"
import { failureOf, type Failure } from "./failure/failure.ts"
import { failureData, renderFailure } from "./failure/renderFailure.ts"
import { isPresented, mannerOf, presenter, type Manner } from "./invocation.ts"
import { withOriginalCall } from "./flags/originalCall.ts"
import { styleFor } from "./text/style.ts"
import { Screen } from "./screen/screen.ts"
import { version } from "./text/version.ts"

/** One failure, once: as data on standard output for programs, as text on standard error for people. */
const present =
  (screen: Screen["Service"], { asJson, debug }: Manner) =>
  (failure: Failure): Effect.Effect<void> => {
    if (!asJson) return screen.complain(renderFailure(failure, styleFor(screen.isColourful), debug))
    // A check that says no has already printed its report, which holds the answer.
    return failure.exitCode === exitCodes.checkFailed
      ? Effect.void
      : screen.print(JSON.stringify(failureData(failure, debug)))
  }

/** Who asked for data gets no status beside it, but on a terminal, whose last line is no part of a log. */
const quietFor = ({ asJson }: Manner, screen: Screen["Service"]): Screen["Service"] =>
  asJson && !screen.isTerminal ? { ...screen, status: () => Effect.void } : screen

const exitOf = (
  exit: Exit.Exit<void, unknown>,
  show: (failure: Failure) => Effect.Effect<void>,
): Effect.Effect<number> => {
  if (Exit.isSuccess(exit)) return Effect.succeed(exitCodes.success)
  if (Cause.hasInterruptsOnly(exit.cause)) return Effect.succeed(exitCodes.interrupted)
  const error = Cause.squash(exit.cause)
  if (isPresented(error)) return Effect.succeed(error.errors.length > 0 ? exitCodes.usage : exitCodes.success)
  const failure = failureOf(error)
  return Effect.as(show(failure), failure.exitCode)
}

/** Runs the command line `typed` and gives the exit code; every failure has been shown when it ends. */
export const run = Effect.fnUntraced(function* (typed: readonly string[]) {
  const args = withOriginalCall(typed)
  const manner = mannerOf(args)
  const screen = quietFor(manner, yield* Screen)
  const show = present(screen, manner)
  const formatter = CliOutput.defaultFormatter({ colors: screen.isColourful })
  const services = Layer.mergeAll(
    NodeServices.layer,
    CliConfig.layer(builtIns),
    CliOutput.layerPresenter(presenter(screen, formatter, show)),
    Layer.succeed(Screen, screen),
    Layer.succeed(Doing, activityTold(screen, manner.asJson)),
  )
  const exit = yield* Effect.exit(Effect.provide(Command.runWith(diva, { version })(args), services))
  return yield* exitOf(exit, show)
})
