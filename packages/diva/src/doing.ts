import { Context, Effect } from "effect"

/** What a program does now, for whoever waits. */
export interface Activity {
  /** In words: `reading shards`. */
  readonly what: string
  /** How many pieces are done, and of how many; where they are counted. */
  readonly done?: number
  readonly total?: number
}

/**
 * Hears what a program does before it does it, and how far it has come: a program that is silent for long looks dead. Nobody hears it
 * by default; a command line shows it on a terminal's last line, or now and then in a log.
 */
export const Doing = Context.Reference<(activity: Activity) => Effect.Effect<void>>("diva/Doing", {
  defaultValue: () => () => Effect.void,
})

/** Says what begins now and may take seconds, or how far it has come. */
export const doing = (what: string, done?: number, total?: number): Effect.Effect<void> =>
  Effect.flatMap(Doing, (hear) =>
    hear({ what, ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) }),
  )
