import { Effect } from "effect"
import { Screen } from "../screen/screen.ts"

/** Runs a program; when the user stops it, says how to resume it (not to those who asked for data). */
export const onInterrupted = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  asJson: boolean,
  advice: Effect.Effect<string>,
): Effect.Effect<A, E, R | Screen> =>
  Effect.flatMap(Screen, (screen) =>
    Effect.onInterrupt(program, () => (asJson ? Effect.void : Effect.flatMap(advice, screen.note))),
  )
