import { Effect } from "effect"
import { attempt, isTensorError, type TensorError } from "@diva/tensor"
import * as E from "fp-ts/lib/Either.js"
import type { Either } from "fp-ts/lib/Either.js"
import type { TaskEither } from "fp-ts/lib/TaskEither.js"

/** The one place where the pure part's results become effects: a left is a typed failure. */
export const fromEither = <L, A>(either: Either<L, A>): Effect.Effect<A, L> =>
  E.isLeft(either) ? Effect.fail(either.left) : Effect.succeed(either.right)

/** Runs a task when the effect runs; its left is a typed failure. */
export const fromTaskEither = <L, A>(task: TaskEither<L, A>): Effect.Effect<A, L> =>
  Effect.flatMap(Effect.promise(task), fromEither)

/** Computes on tensors when the effect runs; the tensor error an op throws is a typed failure, anything else a defect. */
export const fromTensor = <A>(describe: () => A): Effect.Effect<A, TensorError> =>
  Effect.suspend(() => fromEither(attempt(describe)))

/** The same for what a device promises. */
export const fromTensorPromise = <A>(start: () => Promise<A>): Effect.Effect<A, TensorError> =>
  Effect.tryPromise({ try: start, catch: (cause) => cause }).pipe(
    Effect.catch((cause) => (isTensorError(cause) ? Effect.fail(cause) : Effect.die(cause))),
  )
