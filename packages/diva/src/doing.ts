import { Context, Effect } from "effect"

/** What a program does now, for whoever waits. */
export interface Activity {
  /** In words: `reading shards`. */
  readonly what: string
  /** How many pieces are done, and of how many; where they are counted. */
  readonly done?: number
  readonly total?: number
  /** Whether nothing else is heard while it lasts, because it leaves no turn to anyone. */
  readonly blocks?: true
}

/**
 * Hears what a program does before it does it, and how far it has come: a program that is silent for long looks dead. Nobody hears it
 * by default; a command line shows it on a terminal's last line, or now and then in a log.
 */
export const Doing = Context.Reference<(activity: Activity) => Effect.Effect<void>>("diva/Doing", {
  defaultValue: () => () => Effect.void,
})

/** As `doing`, for seconds of computing in one piece: a log hears of it at once, for later it could not. */
export const doingInOnePiece = (what: string): Effect.Effect<void> =>
  Effect.flatMap(Doing, (hear) => hear({ what, blocks: true }))

/** As `doing`, for code between effects: gives a function that says it. */
export const doingBetween: Effect.Effect<(what: string, done?: number, total?: number) => void> = Effect.map(
  Effect.context<never>(),
  (context) => (what, done, total) => Effect.runSyncWith(context)(doing(what, done, total)),
)

/** Says what begins now and may take seconds, or how far it has come. */
export const doing = (what: string, done?: number, total?: number): Effect.Effect<void> =>
  Effect.flatMap(Doing, (hear) =>
    hear({ what, ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) }),
  )
