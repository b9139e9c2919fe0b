import { Effect } from "effect"
import { Screen } from "./screen.ts"

/** Says what begins and takes seconds: on the transient line of a terminal, as a line of a log; nothing to who asked for data. */
export const sayBegun = (text: string, asJson: boolean): Effect.Effect<void, never, Screen> =>
  Effect.flatMap(Screen, ({ isTerminal, status, note }) =>
    asJson ? Effect.void : isTerminal ? status(text) : Effect.andThen(note(text), status(text)),
  )
