#!/usr/bin/env node
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Exit, Runtime } from "effect"
import { run } from "./run.ts"
import { Screen } from "./screen/screen.ts"

/** A program that ended knows its exit code. */
const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isSuccess(exit) && typeof exit.value === "number" ? onExit(exit.value) : Runtime.defaultTeardown(exit, onExit)

const secondSignal = (): void => {
  let signals = 0
  // The first asks for an orderly end; whoever presses again does not want to wait for the step under way.
  process.on("SIGINT", () => {
    if (++signals > 1) process.exit(130)
  })
}

secondSignal()
NodeRuntime.runMain(run(process.argv.slice(2)).pipe(Effect.provide(Screen.layerProcess)), {
  disableErrorReporting: true,
  teardown,
})
