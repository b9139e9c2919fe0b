import type { Effect } from "effect"

/**
 * Forgets which errors a command may end with. This is the outermost edge, where `failureOf` reads any of them; a type
 * that named them all would repeat the error types of every package.
 */
export const anyFailure = <A, E, R>(program: Effect.Effect<A, E, R>): Effect.Effect<A, unknown, R> => program
